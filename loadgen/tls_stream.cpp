#include "loadgen/tls_stream.hpp"

#include <array>
#include <climits>
#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace loadgen {
namespace {

constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <class Handle>
Handle* there(Handle* handle) {
    if (handle == nullptr) throw std::bad_alloc();
    return handle;
}

std::string reason() {
    const auto code = ERR_peek_last_error();
    const char* const text = ERR_reason_error_string(code);
    ERR_clear_error();
    return text == nullptr ? "it ended the handshake" : text;
}

}  // namespace

// A session is not resumed any more once a connection of it was freed that said no goodbye. The server needs
// none to see that it is closed.
void tls_deleter::operator()(SSL* stream) const {
    SSL_set_shutdown(stream, SSL_SENT_SHUTDOWN);
    SSL_free(stream);
}
void tls_deleter::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}
void tls_deleter::operator()(SSL_SESSION* session) const {
    SSL_SESSION_free(session);
}

tls_client::tls_client(tls_terms terms)
    : terms_(std::move(terms)), context_(there(SSL_CTX_new(TLS_client_method()))) {
    auto* const context = context_.get();
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, terms_.is_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    if (!terms_.is_insecure && SSL_CTX_set_default_verify_paths(context) != 1)
        throw std::runtime_error("https: the machine's certificates cannot be read: " + reason());
    SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(context, 0, this);
    SSL_CTX_sess_set_new_cb(context, [](SSL* stream, SSL_SESSION* session) {
        auto* const client = static_cast<tls_client*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(stream), 0));
        client->newest_.reset(session);
        return 1;  // it is ours now
    });
}

// Its streams keep the context alive, and may outlive the client.
tls_client::~tls_client() {
    SSL_CTX_sess_set_new_cb(context_.get(), nullptr);
}

tls_stream::tls_stream(tls_client& client) : stream_(there(SSL_new(client.context_.get()))) {
    auto* const stream = stream_.get();
    SSL_set_bio(stream, there(BIO_new(BIO_s_mem())), there(BIO_new(BIO_s_mem())));
    SSL_set_connect_state(stream);
    auto* const wanted = SSL_get0_param(stream);
    const auto& host = client.terms_.host;
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {  // no address: a name
        X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
        // SSL_set_tlsext_host_name, whose cast is C's.
        SSL_ctrl(stream, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
    }
    if (client.newest_) SSL_set_session(stream, client.newest_.get());
    ERR_clear_error();
}

tls_stream::state tls_stream::shake_hands(std::string_view received) {
    take_in(received);
    const int result = SSL_do_handshake(stream_.get());
    if (result == 1) return state::done;
    if (SSL_get_error(stream_.get(), result) == SSL_ERROR_WANT_READ) return state::going_on;
    note_fault();
    return state::failed;
}

bool tls_stream::was_resumed() const {
    return SSL_session_reused(stream_.get()) == 1;
}

std::string_view tls_stream::encrypt(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, INT_MAX);
        const int taken = SSL_write(stream_.get(), part.data(), static_cast<int>(part.size()));
        if (taken <= 0) {
            note_fault();
            break;
        }
        bytes.remove_prefix(static_cast<std::size_t>(taken));
    }
    return to_send();
}

std::string_view tls_stream::decrypt(std::string_view received) {
    take_in(received);
    plain_.clear();
    std::array<char, 16 * 1024> part;  // the most that a record holds
    for (;;) {
        const int got = SSL_read(stream_.get(), part.data(), static_cast<int>(part.size()));
        if (got > 0) {
            plain_.append(part.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (SSL_get_error(stream_.get(), got) != SSL_ERROR_WANT_READ) note_fault();
        return plain_;
    }
}

std::string_view tls_stream::to_send() {
    auto* const out = SSL_get_wbio(stream_.get());
    encrypted_.resize(BIO_ctrl_pending(out));
    if (!encrypted_.empty()) BIO_read(out, encrypted_.data(), static_cast<int>(encrypted_.size()));
    return encrypted_;
}

void tls_stream::take_in(std::string_view received) {
    if (!received.empty())
        BIO_write(SSL_get_rbio(stream_.get()), received.data(), static_cast<int>(received.size()));
}

void tls_stream::note_fault() {
    is_over_ = true;
    const bool is_checked = SSL_get_verify_mode(stream_.get()) != SSL_VERIFY_NONE;
    const auto verified = is_checked ? SSL_get_verify_result(stream_.get()) : X509_V_OK;
    fault_ = verified == X509_V_OK ? reason() : X509_verify_cert_error_string(verified);
    ERR_clear_error();
}

}  // namespace loadgen
