#pragma once

#include <plait/tls/detail/openssl.hpp>
#include <string>

/// What is wrong with a peer's certificate. OpenSSL tells while it verifies, and afterwards has
/// forgotten the certificate it did not accept.
namespace plait::detail {

/// The callback of SSL_CTX_set_verify: accepts nothing that OpenSSL does not, and keeps the cause.
int noteRefusal(int accepted, X509_STORE_CTX* verification) noexcept;

/// What the last verification for `session` found: "certificate has expired (2020-01-31)". Empty
/// when the certificate was accepted or there was none.
std::string causeOfRefusal(const SSL* session);

}  // namespace plait::detail
