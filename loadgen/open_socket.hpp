// A socket that is owned: closed with its owner, unless it is taken out.
#pragma once

#include <unistd.h>

#include <utility>

namespace loadgen {

class open_socket {
public:
    open_socket() = default;
    explicit open_socket(int number) : number_(number) {}
    open_socket(open_socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    open_socket& operator=(open_socket&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~open_socket() {
        if (number_ >= 0) ::close(number_);
    }

    explicit operator bool() const { return number_ >= 0; }
    int number() const { return number_; }
    int take() { return std::exchange(number_, -1); }  // whoever takes it closes it

private:
    int number_ = -1;
};

}  // namespace loadgen
