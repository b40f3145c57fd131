// The last errors in UPDATEs of a neighbor, with the routes that they concerned (RFC 7606 §6).
// Bounded; made by PeerRecord with the first error, so that a neighbor without errors pays nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/update.hpp"
#include "net/loop.hpp"
#include "net/route_key.hpp"

namespace pipit::bgp {

struct LoggedUpdateError {
  net::TimePoint at;
  UpdateError error;  // its octets cut to UpdateErrorLog::kMaxOctets
  /// What the UPDATE was to announce: the first kMaxRoutes of them.
  std::vector<net::RouteKey> routes;
  std::size_t route_count = 0;  // all of them
};

class UpdateErrorLog {
 public:
  static constexpr std::size_t kErrors = 32;
  static constexpr std::size_t kMaxRoutes = 256;
  static constexpr std::size_t kMaxOctets = 256;

  /// Takes over the errors of an UPDATE that was to announce `routes`.
  void add(std::span<const UpdateError> errors,
           std::span<const net::RouteKey> routes,
           net::TimePoint now);

  /// The newest last.
  const std::deque<LoggedUpdateError>& errors() const { return errors_; }

  /// The newest error of an UPDATE with this route; nullptr: none is remembered.
  const LoggedUpdateError* find(const net::RouteKey& key) const;

  /// Octets held.
  std::size_t memory() const;

 private:
  std::deque<LoggedUpdateError> errors_;
};

/// "treated as withdraw"
std::string_view to_string(ErrorAction action);

/// The section that an error's reason names: "RFC 7606 7.1"; empty: none.
std::string_view section_of(const UpdateError& error);

/// "10.0.0.0/8, 10.1.0.0/16 and 12 more", at most `shown` of them.
std::string routes_text(const LoggedUpdateError& error, std::size_t shown);

}  // namespace pipit::bgp
