// Policies, sets and tests of policies as the operator wrote them, before compilation (config/
// fills these in).
//
// In a query, names of sets and values stand side by side: one of them is enough. An empty query
// means "not asked".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/community.hpp"
#include "net/address.hpp"
#include "net/number_range.hpp"

namespace pipit::policy {

/// Where a route entered the RIB.
enum class SourceKind : std::uint8_t { Bgp, Kernel, Connected, Originate };

enum class PeerType : std::uint8_t { Internal, External };

/// "10.0.0.0/8 ge 16 le 24"; without ge and le the prefix itself only.
struct PrefixRange {
  net::Prefix prefix;
  std::uint8_t min_length = 0;
  std::uint8_t max_length = 0;

  friend bool operator==(const PrefixRange&, const PrefixRange&) = default;
};

/// Numbers from low to high, both included.
using net::NumberRange;

using NumberRanges = std::vector<NumberRange>;

/// Communities by ranges of their fields: "64512:1-99", "64512:100:*", "rt:64512:*".
struct CommunityPattern {
  enum class Kind : std::uint8_t { Standard, RouteTarget, SiteOfOrigin, Large };
  /// A number of the neighbor whose policy it is, instead of the range: "0:neighbor-as".
  enum class Of : std::uint8_t { Range, NeighborAs, NeighborAddress };
  Kind kind = Kind::Standard;
  std::array<NumberRange, 3> fields{};  // two of them but for Large
  std::array<Of, 3> of{};

  friend auto operator<=>(const CommunityPattern&, const CommunityPattern&) = default;
};

/// Communities of one kind or several.
struct CommunityList {
  std::vector<std::uint32_t> standard;
  std::vector<std::uint64_t> extended;
  std::vector<bgp::LargeCommunity> large;
  /// Of sets and queries; nothing can be set to one, but to single numbers and those of neighbors.
  std::vector<CommunityPattern> patterns;

  bool empty() const {
    return standard.empty() && extended.empty() && large.empty() && patterns.empty();
  }

  friend bool operator==(const CommunityList&, const CommunityList&) = default;
};

/// A prefix set: entries of the configuration, and those of a file.
struct PrefixSet {
  std::vector<PrefixRange> ranges;  // those of the file too
  std::string file;                 // empty: none

  friend bool operator==(const PrefixSet&, const PrefixSet&) = default;
};

/// "64500 192.0.2.0/24 le 24": prefixes that an AS may originate.
struct PrefixOrigin {
  std::uint32_t asn = 0;
  PrefixRange range{};

  friend bool operator==(const PrefixOrigin&, const PrefixOrigin&) = default;
};

struct PrefixOriginSet {
  std::vector<PrefixOrigin> pairs;  // those of the file too
  std::string file;                 // empty: none

  friend bool operator==(const PrefixOriginSet&, const PrefixOriginSet&) = default;
};

struct SetOptions {
  std::map<std::string, PrefixSet> prefixes;
  std::map<std::string, PrefixOriginSet> prefix_origins;
  std::map<std::string, CommunityList> communities;
  std::map<std::string, NumberRanges> as_numbers;
  std::map<std::string, std::vector<std::string>> as_paths;  // regular expressions
  std::map<std::string, std::vector<std::string>> neighbors;
  /// No set of the operator's: the neighbors of each group, inherited ones too.
  std::map<std::string, std::vector<std::string>> groups;

  friend bool operator==(const SetOptions&, const SetOptions&) = default;
};

struct PrefixQuery {
  std::vector<std::string> sets;
  std::vector<PrefixRange> ranges;

  bool asked() const { return !sets.empty() || !ranges.empty(); }

  friend bool operator==(const PrefixQuery&, const PrefixQuery&) = default;
};

struct CommunityQuery {
  std::vector<std::string> sets;
  CommunityList values;

  bool asked() const { return !sets.empty() || !values.empty(); }

  friend bool operator==(const CommunityQuery&, const CommunityQuery&) = default;
};

struct AsNumberQuery {
  std::vector<std::string> sets;
  NumberRanges numbers;

  bool asked() const { return !sets.empty() || !numbers.empty(); }

  friend bool operator==(const AsNumberQuery&, const AsNumberQuery&) = default;
};

/// Sets and values of one sort of words: regular expressions, names of neighbors.
struct WordQuery {
  std::vector<std::string> sets;
  std::vector<std::string> words;

  bool asked() const { return !sets.empty() || !words.empty(); }

  friend bool operator==(const WordQuery&, const WordQuery&) = default;
};

struct AsPathMatch {
  WordQuery matches;     // regular expressions
  NumberRanges length;   // as the decision process counts it
  AsNumberQuery origin;  // the last AS
  AsNumberQuery neighbor;
  AsNumberQuery contains;

  friend bool operator==(const AsPathMatch&, const AsPathMatch&) = default;
};

struct CommunityMatch {
  CommunityQuery any;
  CommunityQuery all;  // of a set: something of each of its members
  CommunityQuery none;
  NumberRanges count;  // of all three kinds together

  friend bool operator==(const CommunityMatch&, const CommunityMatch&) = default;
};

struct NextHopMatch {
  PrefixQuery prefix;
  std::optional<bool> reachable;
  std::optional<bool> neighbor_address;  // it is that of the neighbor whose policy runs

  friend bool operator==(const NextHopMatch&, const NextHopMatch&) = default;
};

/// What a kernel route does with packets; the numbers are those of rtm_type.
enum class KernelRouteType : std::uint8_t {
  Unicast = 1,
  Blackhole = 6,
  Unreachable = 7,
  Prohibit = 8,
  Throw = 9,
};

/// What only `kernel.import` knows of a route.
struct KernelMatch {
  std::vector<std::string> interfaces;  // globs
  std::vector<std::uint8_t> protocols;  // rtnetlink protocol numbers
  NumberRanges metric;
  std::vector<KernelRouteType> types;
  std::optional<bool> gateway;  // whether one of its hops has a gateway

  friend bool operator==(const KernelMatch&, const KernelMatch&) = default;
};

/// All that is given must hold.
struct MatchOptions {
  PrefixQuery prefix;
  std::vector<std::string> prefix_origins;  // sets of pairs
  NumberRanges prefix_length;
  std::vector<net::Family> families;
  std::vector<SourceKind> sources;
  KernelMatch kernel;
  WordQuery neighbor;
  std::vector<std::string> groups;
  std::optional<PeerType> peer_type;
  AsPathMatch as_path;
  CommunityMatch communities;
  NextHopMatch next_hop;
  NumberRanges local_preference;
  NumberRanges med;
  NumberRanges weight;
  NumberRanges tag;
  std::vector<bgp::Origin> origins;
  std::vector<MatchOptions> any;   // one of these at least
  std::vector<MatchOptions> all;   // each of these
  std::vector<MatchOptions> none;  // `not`: none of these

  friend bool operator==(const MatchOptions&, const MatchOptions&) = default;
};

struct MedChange {
  enum class Kind : std::uint8_t { Set, Add, Subtract, Igp };
  std::uint32_t value = 0;
  Kind kind = Kind::Set;

  friend bool operator==(const MedChange&, const MedChange&) = default;
};

/// In this order: replace, remove, keep, add.
struct CommunityChange {
  std::optional<CommunityList> replace;  // all there are, by these
  CommunityQuery remove;
  CommunityQuery keep;  // asks nothing: all
  CommunityList add;

  friend bool operator==(const CommunityChange&, const CommunityChange&) = default;
};

struct Prepend {
  std::optional<std::uint32_t> asn;  // nullopt: our own
  std::uint8_t times = 1;
  bool neighbor = false;  // that of the neighbor whose policy it is

  friend bool operator==(const Prepend&, const Prepend&) = default;
};

/// In this order: remove-private, replace, prepend.
struct AsPathChange {
  bool remove_private = false;
  std::optional<AsNumberQuery> replace;  // by our own AS number; asks nothing: every one
  std::optional<Prepend> prepend;

  friend bool operator==(const AsPathChange&, const AsPathChange&) = default;
};

struct NextHopChange {
  enum class Kind : std::uint8_t { Self, Unchanged, Peer, Address, NeighborAddress };
  Kind kind = Kind::Self;
  net::IpAddress address{};

  friend bool operator==(const NextHopChange&, const NextHopChange&) = default;
};

/// How kernel.export writes this route, where that differs from what it says for all.
struct KernelChange {
  std::optional<std::uint32_t> table;
  std::optional<std::uint32_t> metric;
  std::vector<net::IpAddress> preferred_source;  // at most one per family

  friend bool operator==(const KernelChange&, const KernelChange&) = default;
};

struct ActionOptions {
  std::optional<std::uint32_t> local_preference;
  std::optional<MedChange> med;
  std::optional<bgp::Origin> origin;
  CommunityChange communities;
  AsPathChange as_path;
  std::optional<NextHopChange> next_hop;
  std::optional<std::uint32_t> weight;
  std::optional<std::uint32_t> tag;
  KernelChange kernel;

  friend bool operator==(const ActionOptions&, const ActionOptions&) = default;
};

/// What happens after a rule that matched. None: go on with the next rule.
enum class Then : std::uint8_t { None, Accept, Reject, NextPolicy, Call };

/// Where a rule stands, "pipitd.yaml:12". A rule that only moved is the same rule.
struct Place {
  std::string text;

  friend bool operator==(const Place&, const Place&) { return true; }
};

struct RuleOptions {
  MatchOptions match;
  ActionOptions set;
  Then then = Then::None;
  std::string call;  // the policy of Then::Call
  Place place{};

  friend bool operator==(const RuleOptions&, const RuleOptions&) = default;
};

/// All policies by name; the built-in ones are not in the map.
struct PolicyOptions {
  SetOptions sets;
  std::map<std::string, std::vector<RuleOptions>> policies;

  friend bool operator==(const PolicyOptions&, const PolicyOptions&) = default;
};

}  // namespace pipit::policy
