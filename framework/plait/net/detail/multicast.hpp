#pragma once

#include <optional>
#include <string>

namespace plait::detail {

/// The options of a UDP socket that are about multicast. `family` is the socket's, AF_INET or
/// AF_INET6. What the system refuses to tell or to set is left as it is.

/// The index of the network interface that `interface` names: its name or one of its addresses.
/// 0 for "", which leaves the choice to the system; nullopt when there is none such.
std::optional<unsigned> interfaceIndex(const std::string& interface);

/// Joins or leaves the group; what is wrong, or "" when nothing is.
std::string changeMembership(int socket, bool join, const std::string& group,
                             const std::string& interface);

/// Only what the socket itself has joined is heard, not what any other of this machine has.
void hearJoinedGroupsOnly(int socket, int family);

void setMulticastTTL(int socket, int family, int ttl);
int getMulticastTTL(int socket, int family);
void setMulticastLoopback(int socket, int family, bool on);
bool getMulticastLoopback(int socket, int family);
void setMulticastInterface(int socket, int family, unsigned index);

}  // namespace plait::detail
