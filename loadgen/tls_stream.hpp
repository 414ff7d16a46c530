// TLS of a connection whose owner sends and receives: what is encrypted goes in and out through memory
// (OpenSSL's memory BIOs), so that each read of the socket keeps its stamp. `tls_client` is what the
// connections of a worker have in common, and remembers the newest session, so that the next one may resume
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

using SSL_SESSION = struct ssl_session_st;  // in ssl.h, which is long

namespace loadgen {

struct tls_terms {
    std::string host;          // as the URL has it, without the port: a name, or an address
    bool is_insecure = false;  // whoever has the key of whatever certificate will do
};

struct tls_deleter {
    void operator()(SSL* stream) const;
    void operator()(SSL_CTX* context) const;
    void operator()(SSL_SESSION* session) const;
};

class tls_client {
public:
    explicit tls_client(tls_terms terms);  // throws std::runtime_error
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;
    ~tls_client();

private:
    friend class tls_stream;

    tls_terms terms_;
    std::unique_ptr<SSL_CTX, tls_deleter> context_;
    std::unique_ptr<SSL_SESSION, tls_deleter> newest_;  // null: there was none yet
};

class tls_stream {
public:
    explicit tls_stream(tls_client& client);

    enum class state : std::uint8_t { going_on, done, failed };

    // The next step of the handshake, after what was received; `to_send` has then what the server is to get.
    state shake_hands(std::string_view received);
    bool was_resumed() const;
    const std::string& fault() const { return fault_; }  // of what failed, in a few words

    // What goes over the wire for these bytes; it lives until the next call.
    std::string_view encrypt(std::string_view bytes);
    // The bytes in what was received; they live until the next call. `is_over`: the server has said that no
    // more will come, or what came is not TLS.
    std::string_view decrypt(std::string_view received);
    bool is_over() const { return is_over_; }
    // What TLS itself has to tell the server.
    std::string_view to_send();

private:
    void take_in(std::string_view received);
    void note_fault();

    std::unique_ptr<SSL, tls_deleter> stream_;
    std::string plain_, encrypted_, fault_;
    bool is_over_ = false;
};

}  // namespace loadgen
