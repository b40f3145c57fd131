// GTSM (RFC 5082) on a listening socket that neighbors with and without it share. Kept by Listener.
//
// The kernel knows one least TTL for a socket. Three checks keep segments from too far away out:
// - the least TTL that all neighbors of the address family ask for is set on the listening socket;
// - where some ask for more the kernel keeps each SYN, and its TTL is looked at before a connection
//   is handed over, which then gets the least TTL of its neighbor;
// - until it has that, a filter takes the data out of segments from too far, so that nothing waits
//   to be read that came by then.
// Without a neighbor with GTSM nothing of this is there.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "bgp/session/options.hpp"
#include "net/address.hpp"

namespace pipit::bgp {

class TtlGuard {
 public:
  /// What the neighbors of an address family ask of a listening socket.
  struct Demand {
    std::uint8_t least = 0;    // of all neighbors
    bool mixed = false;        // some ask for more
    std::uint64_t filter = 0;  // which filter; 0: none

    friend bool operator==(const Demand&, const Demand&) = default;
  };

  void add(const SessionOptions& options);
  void remove(const SessionOptions& options);

  Demand demand(net::Afi afi) const;

  /// Makes a listening socket that is as `before` says do what demand() says now. An error leaves
  /// it stricter or as it was.
  std::expected<void, std::string> apply(int fd, net::Afi afi, const Demand& before) const;

 private:
  struct Neighbors {
    std::multiset<std::uint8_t> ttls;                                // what each asks for
    std::multiset<std::pair<net::IpAddress, std::uint8_t>> guarded;  // those with GTSM
    std::uint64_t changes = 0;                                       // of `guarded`
  };

  std::expected<void, std::string> attach(int fd, net::Afi afi) const;

  std::map<net::Afi, Neighbors> neighbors_;
};

/// The TTL or hop limit of the SYN that a connection began with; nullopt when the kernel has not
/// kept it: it came before the socket was told to, or was answered with a SYN cookie.
std::optional<std::uint8_t> syn_ttl(int fd);

/// Takes the filter off a connection that has the least TTL of its neighbor now.
void detach_filter(int fd);

}  // namespace pipit::bgp
