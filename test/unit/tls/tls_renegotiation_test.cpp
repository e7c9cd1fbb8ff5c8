// A client that wants to shake hands again, as TLS 1.2 once allowed.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support/tls_relay.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

/// A client on OpenSSL alone, to which a scripted medium's server answers.
class RawTLSClient {
 public:
  explicit RawTLSClient(ScriptedMedium& server)
      : server_(server), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_max_proto_version(ssl_, TLS1_2_VERSION);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
  }
  ~RawTLSClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  /// Until the handshake is done, or has failed. Returns why it failed, 0 when it has not.
  int shake() {
    for (int i = 0; i < 10; ++i) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_);
      if (result == 1) return 0;
      if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
        return ERR_GET_REASON(ERR_peek_error());
      }
      exchange();
    }
    return -1;
  }
  void write(BytesView data) {
    SSL_write(ssl_, data.data(), static_cast<int>(data.size()));
    exchange();
  }
  bool renegotiate() { return SSL_renegotiate(ssl_) == 1; }

 private:
  void exchange() {
    char* sent = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(ssl_), &sent));
    server_.give(Bytes(sent, size));
    (void)BIO_reset(SSL_get_wbio(ssl_));
    const Bytes answer = TLSRelay::takeSent(server_);
    BIO_write(SSL_get_rbio(ssl_), answer.data(), static_cast<int>(answer.size()));
  }

  ScriptedMedium& server_;
  SSL_CTX* context_;
  SSL* ssl_;
};

TEST(TLSHostile, RefusesToRenegotiate) {
  TLSRelay relay;
  relay.serverMedium->connect(overTLS(relay.serverContext, relay.server));
  RawTLSClient client(*relay.serverMedium);
  ASSERT_EQ(client.shake(), 0);
  client.write("hello");
  EXPECT_EQ(relay.server->data, "hello");
  ASSERT_TRUE(client.renegotiate());
  EXPECT_EQ(client.shake(), SSL_R_NO_RENEGOTIATION);
  EXPECT_FALSE(relay.server->reason) << "asking is no crime";
}

}  // namespace
}  // namespace plait::testing
