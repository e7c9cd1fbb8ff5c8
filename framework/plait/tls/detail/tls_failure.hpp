#pragma once

#include <plait/core/failure.hpp>

struct ssl_st;

namespace plait::detail {

/// Why an operation on `ssl` has failed, from OpenSSL's error queue, which it empties, and from the
/// session:
///
/// * TLSVerificationError: "certificate of example.com was not accepted: self-signed certificate";
/// * TLSTruncated: the bytes ended where TLS does not end;
/// * TLSError: everything else, alerts of the peer by name: "TLS with example.com failed: the peer
///   refused: unknown CA".
Failure tlsFailure(ssl_st* ssl);

}  // namespace plait::detail
