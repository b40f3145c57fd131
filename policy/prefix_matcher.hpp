// A set of prefix ranges, compiled for lookup: the time does not depend on how many entries it has.
//
// Built by policy compilation out of PrefixRange values, read by compiled rules. Entries are hashed
// by their prefix; a lookup probes once for each distinct prefix length in the set (at most 33 or
// 129), and not at all when a bitmap of the entries' leading bits says that none can match.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "net/address.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

class PrefixMatcher {
 public:
  void add(const PrefixRange& range);

  bool contains(const net::Prefix& prefix) const;

  /// True when the address is inside of an entry's prefix, whatever lengths it asks for.
  bool covers(const net::IpAddress& address) const;

  bool empty() const { return lengths_by_prefix_.empty(); }

  /// Calls `visit` with ranges that together contain what this set contains.
  void for_each_range(const std::function<void(const PrefixRange&)>& visit) const;

  /// True when it contains every prefix of every family.
  bool universal() const;

 private:
  using Lengths = std::bitset<129>;

  struct FamilyIndex {
    std::vector<std::uint8_t> probes;  // prefix lengths of the entries, ascending
    Lengths accepted;                  // lengths that any entry accepts
    std::vector<bool> heads;           // by head(): an entry may be there; empty: no entry
  };

  /// The leading 16 bits of an IPv4 address, or a digest of the leading 32 bits of an IPv6 one.
  static std::size_t head(const net::IpAddress& address);
  static void mark_heads(const net::Prefix& prefix, std::vector<bool>& heads);

  FamilyIndex& index(net::Afi afi) { return families_[afi == net::Afi::Ipv6 ? 1 : 0]; }

  const FamilyIndex& index(net::Afi afi) const { return families_[afi == net::Afi::Ipv6 ? 1 : 0]; }

  std::array<FamilyIndex, 2> families_;
  boost::unordered_flat_map<net::Prefix, Lengths, std::hash<net::Prefix>> lengths_by_prefix_;
};

}  // namespace pipit::policy
