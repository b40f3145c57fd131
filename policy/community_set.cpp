#include "policy/community_set.hpp"

#include <algorithm>
#include <iterator>

#include "net/bytes.hpp"

namespace pipit::policy {
namespace {

/// How a kind of community stands on the wire.
template <typename Community>
struct Wire;

template <>
struct Wire<std::uint32_t> {
  static constexpr std::size_t kSize = 4;

  static std::uint32_t read(net::ByteReader& in) { return in.u32(); }

  static void write(net::ByteWriter& out, std::uint32_t value) { out.u32(value); }
};

template <>
struct Wire<std::uint64_t> {
  static constexpr std::size_t kSize = 8;

  static std::uint64_t read(net::ByteReader& in) { return in.u64(); }

  static void write(net::ByteWriter& out, std::uint64_t value) { out.u64(value); }
};

template <>
struct Wire<bgp::LargeCommunity> {
  static constexpr std::size_t kSize = 12;

  static bgp::LargeCommunity read(net::ByteReader& in) {
    bgp::LargeCommunity value;
    value.global = in.u32();
    value.local1 = in.u32();
    value.local2 = in.u32();
    return value;
  }

  static void write(net::ByteWriter& out, const bgp::LargeCommunity& value) {
    out.u32(value.global);
    out.u32(value.local1);
    out.u32(value.local2);
  }
};

template <typename Community>
void merge(std::vector<Community>& sorted, const std::vector<Community>& more) {
  sorted.insert(sorted.end(), more.begin(), more.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
}

using Kind = CommunityPattern::Kind;

bool fits(const CommunityPattern& pattern, std::uint32_t value) {
  return pattern.kind == Kind::Standard && pattern.fields[0].contains(value >> 16) &&
         pattern.fields[1].contains(value & 0xffff);
}

/// RFC 4360 §3, 5668: the type says how the six octets of value are divided.
bool fits(const CommunityPattern& pattern, std::uint64_t value) {
  constexpr std::uint8_t kTwoOctetAs = 0;
  constexpr std::uint8_t kFourOctetAs = 2;
  constexpr std::uint8_t kRouteTarget = 2;
  constexpr std::uint8_t kSiteOfOrigin = 3;
  const auto type = static_cast<std::uint8_t>(value >> 56);
  const auto sub_type = static_cast<std::uint8_t>(value >> 48);
  const bool kind = (pattern.kind == Kind::RouteTarget && sub_type == kRouteTarget) ||
                    (pattern.kind == Kind::SiteOfOrigin && sub_type == kSiteOfOrigin);
  if (!kind || (type != kTwoOctetAs && type != kFourOctetAs)) {
    return false;
  }
  const bool two = type == kTwoOctetAs;
  const auto administrator = static_cast<std::uint32_t>(two ? (value >> 32) & 0xffff : value >> 16);
  const auto local = static_cast<std::uint32_t>(two ? value : value & 0xffff);
  return pattern.fields[0].contains(administrator) && pattern.fields[1].contains(local);
}

bool fits(const CommunityPattern& pattern, const bgp::LargeCommunity& value) {
  return pattern.kind == Kind::Large && pattern.fields[0].contains(value.global) &&
         pattern.fields[1].contains(value.local1) && pattern.fields[2].contains(value.local2);
}

/// The members of one kind of community.
template <typename Community>
struct Members {
  const std::vector<Community>& sorted;
  const std::vector<CommunityPattern>& patterns;

  bool empty() const { return sorted.empty() && patterns.empty(); }

  bool hold(const Community& value) const {
    return std::binary_search(sorted.begin(), sorted.end(), value) ||
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const CommunityPattern& pattern) { return fits(pattern, value); });
  }
};

template <typename Community>
bool any_in(const Members<Community>& members, net::ByteView octets) {
  if (members.empty()) {
    return false;
  }
  net::ByteReader in(octets);
  while (in.remaining() >= Wire<Community>::kSize) {
    if (members.hold(Wire<Community>::read(in))) {
      return true;
    }
  }
  return false;
}

template <typename Community>
std::vector<Community> values(net::ByteView octets) {
  std::vector<Community> all;
  all.reserve(octets.size() / Wire<Community>::kSize);
  net::ByteReader in(octets);
  while (in.remaining() >= Wire<Community>::kSize) {
    all.push_back(Wire<Community>::read(in));
  }
  return all;
}

template <typename Community>
void replace(net::Bytes& octets, const std::vector<Community>& with) {
  octets.clear();
  net::ByteWriter out(octets);
  for (const Community& value : with) {
    Wire<Community>::write(out, value);
  }
}

template <typename Community>
void remove(const Members<Community>& members, net::Bytes& octets) {
  if (!any_in(members, octets)) {
    return;
  }
  std::vector<Community> kept = values<Community>(octets);
  std::erase_if(kept, [&](const Community& value) { return members.hold(value); });
  merge(kept, {});
  replace(octets, kept);
}

template <typename Community>
void add(const std::vector<Community>& sorted, net::Bytes& octets) {
  if (sorted.empty()) {
    return;
  }
  std::vector<Community> all = values<Community>(octets);
  merge(all, {});
  if (std::includes(all.begin(), all.end(), sorted.begin(), sorted.end())) {
    return;
  }
  merge(all, sorted);
  replace(octets, all);
}

/// True when every one of `sorted` is among the values.
template <typename Community>
bool includes(std::vector<Community> values, const std::vector<Community>& sorted) {
  std::sort(values.begin(), values.end());
  return std::includes(values.begin(), values.end(), sorted.begin(), sorted.end());
}

template <typename Community>
bool any_fits(const CommunityPattern& pattern, const std::vector<Community>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const Community& value) { return fits(pattern, value); });
}

}  // namespace

void CommunitySet::add(const CommunityList& list) {
  merge(standard_, list.standard);
  merge(extended_, list.extended);
  merge(large_, list.large);
  merge(patterns_, list.patterns);
}

void CommunitySet::add(const CommunityQuery& query,
                       const std::map<std::string, CommunityList>& sets) {
  add(query.values);
  for (const std::string& name : query.sets) {
    if (const auto set = sets.find(name); set != sets.end()) {
      add(set->second);
    }
  }
}

bool CommunitySet::any_in(const bgp::PathAttributes& attributes) const {
  return policy::any_in(Members{standard_, patterns_}, attributes.communities) ||
         policy::any_in(Members{extended_, patterns_}, attributes.extended_communities) ||
         policy::any_in(Members{large_, patterns_}, attributes.large_communities);
}

bool CommunitySet::all_in(const bgp::PathAttributes& attributes) const {
  const auto standard = values<std::uint32_t>(attributes.communities);
  const auto extended = values<std::uint64_t>(attributes.extended_communities);
  const auto large = values<bgp::LargeCommunity>(attributes.large_communities);
  return includes(standard, standard_) && includes(extended, extended_) &&
         includes(large, large_) &&
         std::all_of(patterns_.begin(), patterns_.end(), [&](const CommunityPattern& pattern) {
           return any_fits(pattern, standard) || any_fits(pattern, extended) ||
                  any_fits(pattern, large);
         });
}

void CommunitySet::remove_from(bgp::PathAttributes& attributes) const {
  remove(Members{standard_, patterns_}, attributes.communities);
  remove(Members{extended_, patterns_}, attributes.extended_communities);
  remove(Members{large_, patterns_}, attributes.large_communities);
}

void CommunitySet::add_to(bgp::PathAttributes& attributes) const {
  policy::add(standard_, attributes.communities);
  policy::add(extended_, attributes.extended_communities);
  policy::add(large_, attributes.large_communities);
}

}  // namespace pipit::policy
