// The path attributes of a route in decoded form (RFC 4271 §4.3, 1997, 4360, 4456, 4760, 6793,
// 8092).
//
// Scalars are decoded; what has variable length stays in canonical wire form: AS_PATH always with
// 4-octet AS numbers, unknown optional transitive attributes as whole TLVs with the Partial bit
// set. PathAttributes owns its octets and is the working copy (decoder, policy, export transform:
// reuse one and clear() it); AttributesView borrows them (interned records, encoder).
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

enum class AttributeCode : std::uint8_t {
  Origin = 1,
  AsPath = 2,
  NextHop = 3,
  MultiExitDisc = 4,
  LocalPref = 5,
  AtomicAggregate = 6,
  Aggregator = 7,
  Communities = 8,
  OriginatorId = 9,
  ClusterList = 10,
  MpReachNlri = 14,
  MpUnreachNlri = 15,
  ExtendedCommunities = 16,
  As4Path = 17,
  As4Aggregator = 18,
  PmsiTunnel = 22,
  TunnelEncapsulation = 23,
  Ipv6ExtendedCommunities = 25,
  Aigp = 26,
  LargeCommunities = 32,
  OnlyToCustomer = 35,
  PrefixSid = 40,
  AttrSet = 128,
};

/// A set of attributes by code.
using AttributeCodes = std::bitset<256>;

/// ORIGIN values in order of preference.
enum class Origin : std::uint8_t { Igp = 0, Egp = 1, Incomplete = 2 };

inline constexpr std::uint32_t kAsTrans = 23456;  // RFC 6793

/// What a route without LOCAL_PREF counts as.
inline constexpr std::uint32_t kDefaultLocalPreference = 100;

struct Aggregator {
  std::uint32_t asn = 0;
  std::uint32_t address = 0;  // IPv4, host byte order

  friend auto operator<=>(const Aggregator&, const Aggregator&) = default;
};

/// Recognized optional transitive attributes that came with the Partial bit: it must be passed on
/// (RFC 4271 §5).
struct PartialBits {
  bool aggregator : 1 = false;
  bool communities : 1 = false;
  bool extended_communities : 1 = false;
  bool large_communities : 1 = false;

  bool any() const {
    return aggregator || communities || extended_communities || large_communities;
  }

  friend bool operator==(const PartialBits&, const PartialBits&) = default;
};

/// What policy says about a route inside of this router: no part of any message.
struct LocalValues {
  std::uint32_t weight = 0;  // a degree of preference above LOCAL_PREF
  std::uint32_t tag = 0;     // for policies to recognize the route by
  bool blackhole = false;    // the kernel is to discard what goes there (RFC 7999)

  friend bool operator==(const LocalValues&, const LocalValues&) = default;
};

/// The attributes of fixed size.
struct AttributeScalars {
  Origin origin = Origin::Igp;
  bool atomic_aggregate = false;
  net::IpAddress next_hop;  // unspecified: this speaker itself (routes of our own)
  std::optional<net::IpAddress> link_local_next_hop;  // RFC 2545
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_preference;
  std::optional<std::uint32_t> originator_id;  // host byte order
  std::optional<Aggregator> aggregator;
  PartialBits partial;
  LocalValues local;
  std::optional<std::uint32_t> label;  // that came with the NLRI (RFC 8277): 20 bits

  friend bool operator==(const AttributeScalars&, const AttributeScalars&) = default;
};

struct AttributesView : AttributeScalars {
  net::ByteView as_path;               // segments {type, count, count x 4 octets}
  net::ByteView communities;           // 4 octets each, as received
  net::ByteView extended_communities;  // 8 octets each
  net::ByteView large_communities;     // 12 octets each
  net::ByteView cluster_list;          // 4 octets each
  net::ByteView unknown;  // whole TLVs {flags, code, length, value} by ascending code; the length
                          // has 2 octets only where it needs them
};

struct PathAttributes : AttributeScalars {
  net::Bytes as_path;
  net::Bytes communities;
  net::Bytes extended_communities;
  net::Bytes large_communities;
  net::Bytes cluster_list;
  net::Bytes unknown;

  /// Back to the attributes of an empty route; keeps the vectors' capacity.
  void clear();
  void assign(const AttributesView& view);
  AttributesView view() const;

  friend bool operator==(const PathAttributes&, const PathAttributes&) = default;
};

/// "AS_PATH", or "attribute 42" for one without a row in the table.
std::string attribute_name(std::uint8_t code);

/// "as-path": what the configuration calls it; empty for one without a row in the table.
std::string attribute_keyword(std::uint8_t code);

/// The code that attribute_keyword() gives the keyword for.
std::optional<std::uint8_t> attribute_code(std::string_view keyword);

}  // namespace pipit::bgp
