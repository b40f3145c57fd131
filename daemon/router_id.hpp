// The BGP Identifier when the operator names none: one of the host's IPv4 addresses.
#pragma once

#include <optional>
#include <span>

#include "net/address.hpp"

namespace pipit::daemon {

/// Of the given addresses the numerically lowest global IPv4 one, else the lowest of loopback, else
/// none. 127/8 is of use to nobody and never chosen.
std::optional<net::IpAddress> choose_router_id(std::span<const net::IpAddress> global,
                                               std::span<const net::IpAddress> loopback);

/// choose_router_id over the interfaces of this host as they are now.
std::optional<net::IpAddress> router_id_of_host();

}  // namespace pipit::daemon
