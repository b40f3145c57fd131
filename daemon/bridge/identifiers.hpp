// BGP identifiers of Established neighbors, and which of them are there twice.
//
// Two routers of one AS with the same identifier drop each other's reflected routes without a word
// (RFC 4456 §8); in different ASes it is allowed (RFC 6286 §2.1). One router may well have two
// sessions. Filled in by the Speaker, read by the views.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "rib/table/source.hpp"

namespace pipit::daemon {

class Identifiers {
 public:
  /// What an Established neighbor said, and who it is.
  struct Entry {
    std::uint32_t id = 0;
    std::uint32_t asn = 0;
    bool internal = false;
    net::Afi afi = net::Afi::Ipv4;  // of its address
    std::string hostname{};         // of its FQDN capability; empty: it sent none
    std::string name{};             // of the neighbor here
  };

  void set_own(std::uint32_t id) { own_ = id; }

  void add(rib::SourceId neighbor, Entry entry);
  void remove(rib::SourceId neighbor);

  /// What is wrong with the identifier of this neighbor, in words; empty: nothing, or it is not
  /// Established.
  std::string warning(rib::SourceId neighbor) const;
  /// Each identifier with which something is wrong, in words that name some of its neighbors.
  std::vector<std::string> warnings() const;

 private:
  /// Another neighbor that cannot have this identifier, too; nullptr: none.
  const Entry* clash_of(const Entry& entry) const;

  std::uint32_t own_ = 0;
  std::map<rib::SourceId, Entry> entries_;
  std::multimap<std::uint32_t, const Entry*> by_id_;
};

}  // namespace pipit::daemon
