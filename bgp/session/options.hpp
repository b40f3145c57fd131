// Options of one BGP session: what is part of its transport, its OPEN and its timers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/address.hpp"
#include "net/family.hpp"

namespace pipit::bgp {

/// Which AS a neighbor must have: a number, ours, or any but ours.
struct ExpectedAsn {
  enum class Kind : std::uint8_t { Number, Internal, External };
  Kind kind = Kind::Internal;
  std::uint32_t number = 0;  // Kind::Number only

  friend bool operator==(const ExpectedAsn&, const ExpectedAsn&) = default;
};

struct SessionTimers {
  std::chrono::seconds hold{90};       // offered; 0 or at least 3
  std::chrono::seconds keepalive{30};  // at most a third of the negotiated hold time
  std::chrono::seconds connect_retry{30};
  std::chrono::seconds send_hold{480};  // RFC 9687; 0: off. At least the hold time
  std::chrono::seconds idle_hold{
      1};  // first IdleHoldTime after an error; doubles up to idle_hold_max
  std::chrono::seconds idle_hold_max{120};

  friend bool operator==(const SessionTimers&, const SessionTimers&) = default;
};

struct SessionOptions {
  std::string name;
  net::ScopedAddress address;  // of the neighbor; with its interface when link-local
  std::uint16_t port = 179;
  std::optional<net::IpAddress> local_address;
  std::uint32_t local_asn = 0;
  std::uint32_t router_id = 0;  // host byte order
  ExpectedAsn expected_asn;
  std::string hostname;  // sent in the FQDN capability; empty: capability not sent
  bool passive = false;
  /// TTL of what is sent: 1 for eBGP and 64 for iBGP unless set. Ignored when ttl_security is set.
  std::optional<std::uint8_t> multihop;
  std::optional<std::uint8_t>
      ttl_security;      // RFC 5082: accept only what is at most that many hops away
  std::string password;  // TCP MD5 (RFC 2385); empty: none
  SessionTimers timers;
  std::array<bool, net::kFamilyCount> families{};  // offered, by net::family_index
  std::optional<std::string>
      shutdown;  // set: administratively down; the text goes out in the Cease (RFC 9003)

  friend bool operator==(const SessionOptions&, const SessionOptions&) = default;
};

}  // namespace pipit::bgp
