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

template <typename Community>
bool holds(const std::vector<Community>& sorted, const Community& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

template <typename Community>
bool any_in(const std::vector<Community>& sorted, net::ByteView octets) {
  if (sorted.empty()) {
    return false;
  }
  net::ByteReader in(octets);
  while (in.remaining() >= Wire<Community>::kSize) {
    if (holds(sorted, Wire<Community>::read(in))) {
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
void remove(const std::vector<Community>& sorted, net::Bytes& octets) {
  if (!any_in(sorted, octets)) {
    return;
  }
  std::vector<Community> kept = values<Community>(octets);
  std::erase_if(kept, [&](const Community& value) { return holds(sorted, value); });
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

}  // namespace

void CommunitySet::add(const CommunityList& list) {
  merge(standard_, list.standard);
  merge(extended_, list.extended);
  merge(large_, list.large);
}

void CommunitySet::add_named(const std::vector<std::string>& names,
                             const std::map<std::string, CommunityList>& sets) {
  for (const std::string& name : names) {
    if (const auto set = sets.find(name); set != sets.end()) {
      add(set->second);
    }
  }
}

bool CommunitySet::any_in(const bgp::PathAttributes& attributes) const {
  return policy::any_in(standard_, attributes.communities) ||
         policy::any_in(extended_, attributes.extended_communities) ||
         policy::any_in(large_, attributes.large_communities);
}

void CommunitySet::remove_from(bgp::PathAttributes& attributes) const {
  remove(standard_, attributes.communities);
  remove(extended_, attributes.extended_communities);
  remove(large_, attributes.large_communities);
}

void CommunitySet::add_to(bgp::PathAttributes& attributes) const {
  policy::add(standard_, attributes.communities);
  policy::add(extended_, attributes.extended_communities);
  policy::add(large_, attributes.large_communities);
}

}  // namespace pipit::policy
