#include <fmt/format.h>

#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <plait/tls/tls_endpoints.hpp>
#include <plait/tls/tls_factory.hpp>
#include <stdexcept>

namespace plait {

namespace {

FactoryWrapper tlsLayer(TLSContextMaker maker) {
  return [maker = std::move(maker)](std::shared_ptr<Factory> factory) {
    return tlsServer(maker(), std::move(factory));  // or client: the context knows which
  };
}

TLSContextMaker always(std::shared_ptr<TLSContext> context) {
  if (!context) throw std::invalid_argument("a TLS endpoint needs a context");
  return [context = std::move(context)] { return context; };
}

/// Moves arguments over to another endpoint string, as keywords.
void passOn(EndpointDescription& description, std::string& text, const std::string& keyword,
            int position) {
  if (auto value = description.take(keyword, position)) {
    text += fmt::format(":{}={}", keyword, quoteStringArgument(*value));
  }
}

std::shared_ptr<StreamServerEndpoint> parseSSLServer(ReactorCore& reactor,
                                                     EndpointDescription& description,
                                                     const EndpointParsers& parsers) {
  std::string tcp = fmt::format("tcp:port={}", description.requirePort("port", 0));
  const std::string key = description.take("privateKey", 1).value_or("server.pem");
  const std::string certificate = description.take("certKey", 2).value_or("");
  if (auto method = description.take("sslmethod", 3); method && *method != "TLS_METHOD") {
    description.complain(fmt::format(
        "sslmethod '{}' is not to be had; without it, TLS 1.2 and newer are spoken", *method));
  }
  passOn(description, tcp, "interface", 4);
  passOn(description, tcp, "backlog", 5);
  const std::string chain = description.take("extraCertChain", 6).value_or("");
  if (description.take("dhParameters", 7)) {
    description.complain("dhParameters are not used: keys are agreed upon by elliptic curves");
  }
  return std::make_shared<TLSServerEndpoint>(parsers.server(reactor, tcp), [=] {
    return serverTLS({.certificates = {PrivateCertificate::fromFiles(key, certificate, chain)}});
  });
}

/// What a client shows and whom it trusts; empty = nothing, and the platform's.
struct ClientFiles {
  std::string certificate;
  std::string key;
  std::string trustDirectory;

  ClientTLSOptions read() const {
    ClientTLSOptions options;
    if (!trustDirectory.empty()) options.trust = trustRootFromDirectory(trustDirectory);
    if (!key.empty()) options.clientCertificate = PrivateCertificate::fromFiles(key, certificate);
    return options;
  }
};

/// With one context for all its connections, so that sessions are resumed.
std::shared_ptr<StreamClientEndpoint> tlsClientEndpoint(
    const std::string& hostname, const ClientFiles& files,
    std::shared_ptr<StreamClientEndpoint> below) {
  return wrapClientTLS(optionsForClientTLS(hostname, files.read()), std::move(below));
}

std::shared_ptr<StreamClientEndpoint> parseTLSClient(ReactorCore& reactor,
                                                     EndpointDescription& description,
                                                     const EndpointParsers& parsers) {
  const std::string host = description.require("host", 0);
  std::string below = fmt::format("hostname:host={}:port={}", quoteStringArgument(host),
                                  description.requirePort("port", 1));
  passOn(description, below, "timeout", -1);
  passOn(description, below, "bindAddress", -1);
  ClientFiles files;
  files.certificate = description.take("certificate", -1).value_or("");
  files.key = description.take("privateKey", -1).value_or(files.certificate);
  files.trustDirectory = description.take("trustRoots", -1).value_or("");
  if (auto endpoint = description.take("endpoint", -1)) below = *endpoint;
  return tlsClientEndpoint(host, files, parsers.client(reactor, below));
}

std::shared_ptr<StreamClientEndpoint> parseSSLClient(ReactorCore& reactor,
                                                     EndpointDescription& description,
                                                     const EndpointParsers& parsers) {
  const std::string host = description.require("host", 0);
  std::string below = fmt::format("tcp:host={}:port={}", quoteStringArgument(host),
                                  description.requirePort("port", 1));
  passOn(description, below, "timeout", -1);
  passOn(description, below, "bindAddress", -1);
  ClientFiles files;
  files.certificate = description.take("certKey", -1).value_or("");
  files.key = description.take("privateKey", -1).value_or(files.certificate);
  files.trustDirectory = description.take("caCertsDir", -1).value_or("");
  const std::string hostname = description.take("hostname", -1).value_or(host);
  return tlsClientEndpoint(hostname, files, parsers.client(reactor, below));
}

}  // namespace

TLSServerEndpoint::TLSServerEndpoint(std::shared_ptr<StreamServerEndpoint> below,
                                     std::shared_ptr<TLSContext> context)
    : TLSServerEndpoint(std::move(below), always(std::move(context))) {}

TLSServerEndpoint::TLSServerEndpoint(std::shared_ptr<StreamServerEndpoint> below,
                                     TLSContextMaker maker)
    // One context a `listen`, which wraps one factory.
    : WrapperServerEndpoint(std::move(below), tlsLayer(std::move(maker))) {}

std::string TLSServerEndpoint::describe(const ListeningPort& port) const {
  const std::string where = below().describe(port);
  for (std::string_view tcp : {"tcp:", "tcp6:"}) {
    if (where.starts_with(tcp)) return "ssl:" + where.substr(tcp.size());
  }
  return "ssl:" + where;
}

std::shared_ptr<StreamServerEndpoint> wrapServerTLS(std::shared_ptr<StreamServerEndpoint> endpoint,
                                                    std::shared_ptr<TLSContext> context) {
  return std::make_shared<TLSServerEndpoint>(std::move(endpoint), std::move(context));
}

std::shared_ptr<StreamClientEndpoint> wrapClientTLS(
    std::shared_ptr<TLSContext> context, std::shared_ptr<StreamClientEndpoint> endpoint) {
  return std::make_shared<WrapperClientEndpoint>(std::move(endpoint),
                                                 tlsLayer(always(std::move(context))));
}

EndpointParsers& addTLSEndpoints(EndpointParsers& parsers) {
  return parsers.addServer("ssl", "ssl:PORT:privateKey=FILE:certKey=FILE", parseSSLServer)
      .addClient("tls", "tls:HOST:PORT", parseTLSClient)
      .addClient("ssl", "ssl:HOST:PORT", parseSSLClient);
}

}  // namespace plait
