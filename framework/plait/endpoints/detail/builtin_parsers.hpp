#pragma once

#include <plait/endpoints/endpoint_parsers.hpp>

/// The prefixes that every EndpointParsers starts with.
namespace plait::detail {

void addServerParsers(EndpointParsers& parsers);
void addClientParsers(EndpointParsers& parsers);

}  // namespace plait::detail
