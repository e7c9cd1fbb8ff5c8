#pragma once

#include <memory>
#include <plait/tls/certificate.hpp>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace plait::detail {

// `where` is how errors call the text: "server.pem", "the PEM text".

/// The whole file. CertificateError when it cannot be read.
std::string readFile(const std::string& file);

/// Every certificate in `pem`. CertificateError when one cannot be read; none is no error.
std::vector<Certificate> certificatesIn(std::string_view pem, std::string_view where);

/// The private key in `pem`. CertificateError when there is none, or it is encrypted.
std::shared_ptr<evp_pkey_st> privateKeyIn(std::string_view pem, std::string_view where);

}  // namespace plait::detail
