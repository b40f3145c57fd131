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

  static void put(std::uint8_t* at, std::uint32_t value) {
    for (std::size_t i = 0; i < kSize; ++i) {
      at[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
  }
};

template <>
struct Wire<std::uint64_t> {
  static constexpr std::size_t kSize = 8;

  static std::uint64_t read(net::ByteReader& in) { return in.u64(); }

  static void put(std::uint8_t* at, std::uint64_t value) {
    for (std::size_t i = 0; i < kSize; ++i) {
      at[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
  }
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

  static void put(std::uint8_t* at, const bgp::LargeCommunity& value) {
    Wire<std::uint32_t>::put(at, value.global);
    Wire<std::uint32_t>::put(at + 4, value.local1);
    Wire<std::uint32_t>::put(at + 8, value.local2);
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
Community at(net::ByteView octets, std::size_t index) {
  constexpr std::size_t kSize = Wire<Community>::kSize;
  net::ByteReader in(octets.subspan(index * kSize, kSize));
  return Wire<Community>::read(in);
}

template <typename Community>
void put(net::Bytes& octets, std::size_t index, const Community& value) {
  Wire<Community>::put(octets.data() + index * Wire<Community>::kSize, value);
}

template <typename Community>
std::size_t count(net::ByteView octets) {
  return octets.size() / Wire<Community>::kSize;
}

template <typename Community>
bool any_in(const Members<Community>& members, net::ByteView octets) {
  if (members.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < count<Community>(octets); ++i) {
    if (members.hold(at<Community>(octets, i))) {
      return true;
    }
  }
  return false;
}

template <typename Community>
std::vector<Community> values(net::ByteView octets) {
  std::vector<Community> all;
  all.reserve(count<Community>(octets));
  for (std::size_t i = 0; i < count<Community>(octets); ++i) {
    all.push_back(at<Community>(octets, i));
  }
  return all;
}

template <typename Community>
void write(net::Bytes& octets, const std::vector<Community>& values) {
  octets.resize(values.size() * Wire<Community>::kSize);
  for (std::size_t i = 0; i < values.size(); ++i) {
    put(octets, i, values[i]);
  }
}

template <typename Community>
bool ascending(net::ByteView octets) {
  for (std::size_t i = 1; i < count<Community>(octets); ++i) {
    if (at<Community>(octets, i) <= at<Community>(octets, i - 1)) {
      return false;
    }
  }
  return true;
}

/// Brings the values into ascending order, each once; what is in order already stays untouched.
template <typename Community>
void sort(net::Bytes& octets) {
  if (ascending<Community>(octets)) {
    octets.resize(count<Community>(octets) * Wire<Community>::kSize);
    return;
  }
  std::vector<Community> all = values<Community>(octets);
  merge(all, {});
  write(octets, all);
}

/// Leaves only the values for which `keeps` holds. True: some went.
template <typename Community, typename Keeps>
bool keep_if(net::Bytes& octets, const Keeps& keeps) {
  std::size_t kept = 0;
  const std::size_t all = count<Community>(octets);
  for (std::size_t i = 0; i < all; ++i) {
    const auto value = at<Community>(octets, i);
    if (keeps(value)) {
      if (kept != i) {
        put(octets, kept, value);
      }
      ++kept;
    }
  }
  if (kept != all) {
    octets.resize(kept * Wire<Community>::kSize);
  }
  return kept != all;
}

template <typename Community>
void remove(const Members<Community>& members, net::Bytes& octets) {
  if (!members.empty() &&
      keep_if<Community>(octets, [&](const Community& value) { return !members.hold(value); })) {
    sort<Community>(octets);
  }
}

/// Puts one value into its place among ascending ones, unless it is there.
template <typename Community>
void insert(net::Bytes& octets, const Community& value) {
  std::size_t place = count<Community>(octets);
  while (place > 0 && at<Community>(octets, place - 1) > value) {
    --place;
  }
  if (place > 0 && at<Community>(octets, place - 1) == value) {
    return;
  }
  constexpr std::size_t kSize = Wire<Community>::kSize;
  octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(place * kSize), kSize, 0);
  put(octets, place, value);
}

template <typename Community>
void add(const std::vector<Community>& sorted, net::Bytes& octets) {
  const auto there = [&](const Community& value) {
    for (std::size_t i = 0; i < count<Community>(octets); ++i) {
      if (at<Community>(octets, i) == value) {
        return true;
      }
    }
    return false;
  };
  if (std::all_of(sorted.begin(), sorted.end(), there)) {
    return;
  }
  constexpr std::size_t kFew = 8;  // from there on merging is cheaper
  if (sorted.size() > kFew) {
    std::vector<Community> all = values<Community>(octets);
    merge(all, sorted);
    write(octets, all);
    return;
  }
  sort<Community>(octets);
  for (const Community& value : sorted) {
    insert(octets, value);
  }
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
