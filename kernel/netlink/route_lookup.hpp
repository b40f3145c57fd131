// Asks the kernel which way a packet would go: one request and one answer on a socket of its own.
// For `explain neighbor`; what the daemon decides by comes from the monitor.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "net/address.hpp"

namespace pipit::kernel {

struct RouteQuestion {
  net::IpAddress destination;
  std::optional<net::IpAddress> source;
  std::uint32_t interface_index = 0;  // 0: any
};

struct RouteAnswer {
  bool local = false;  // an address of this host
  std::optional<net::IpAddress> gateway;
  std::uint32_t interface_index = 0;
  std::optional<net::IpAddress> source;  // that the kernel would choose
  net::Prefix prefix;                    // of the entry that matches
  std::uint32_t table = 0;
  std::uint8_t protocol = 0;
};

/// The error is in words: "no route", "the route is unreachable".
std::expected<RouteAnswer, std::string> look_up_route(const RouteQuestion& question);

}  // namespace pipit::kernel
