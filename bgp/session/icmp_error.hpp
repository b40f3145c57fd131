// ICMP messages as the error queue of a connecting socket tells of them: who sent what. Used by
// socket.cpp.
#pragma once

#include <optional>

#include "bgp/session/connect_trouble.hpp"
#include "net/address.hpp"

namespace pipit::bgp {

/// Whether ICMP messages end an attempt to connect and are queued with their sender, or are only
/// noted by TCP.
void keep_icmp_errors(int fd, net::Afi afi, bool on);

/// The first that is queued; nullopt: there is none.
std::optional<IcmpError> take_icmp_error(int fd);

}  // namespace pipit::bgp
