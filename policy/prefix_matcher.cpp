#include "policy/prefix_matcher.hpp"

#include <algorithm>

namespace pipit::policy {
namespace {

constexpr std::size_t kHeads = 65536;
constexpr std::uint8_t kHeadBitsV4 = 16;
constexpr std::uint8_t kHeadBitsV6 = 32;

}  // namespace

std::size_t PrefixMatcher::head(const net::IpAddress& address) {
  if (address.is_v4()) {
    return address.to_v4() >> 16;
  }
  constexpr std::uint32_t kMix = 0x9e3779b1;
  const net::ByteView octets = address.octets();
  std::uint32_t leading = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    leading = (leading << 8) | octets[i];
  }
  return (leading * kMix) >> 16;
}

/// Every head that an address inside of the prefix can have.
void PrefixMatcher::mark_heads(const net::Prefix& prefix, std::vector<bool>& heads) {
  heads.resize(kHeads);
  const bool v4 = prefix.address().is_v4();
  if (prefix.length() >= (v4 ? kHeadBitsV4 : kHeadBitsV6)) {
    heads[head(prefix.address())] = true;
    return;
  }
  const std::size_t first = v4 ? head(prefix.address()) : 0;
  const std::size_t count = v4 ? std::size_t{1} << (kHeadBitsV4 - prefix.length()) : kHeads;
  std::fill_n(heads.begin() + static_cast<std::ptrdiff_t>(first), count, true);
}

void PrefixMatcher::add(const PrefixRange& range) {
  const std::uint8_t own = range.prefix.length();
  const bool exact = range.max_length == 0;
  const std::uint8_t low = exact ? own : std::max(range.min_length, own);
  const std::uint8_t high = exact ? own : std::min(range.max_length, range.prefix.address().bits());
  if (low > high) {
    return;
  }
  FamilyIndex& family = index(range.prefix.afi());
  const auto place = std::lower_bound(family.probes.begin(), family.probes.end(), own);
  if (place == family.probes.end() || *place != own) {
    family.probes.insert(place, own);
  }
  mark_heads(range.prefix, family.heads);
  Lengths& lengths = lengths_by_prefix_[range.prefix];
  for (std::size_t length = low; length <= high; ++length) {
    lengths.set(length);
    family.accepted.set(length);
  }
}

bool PrefixMatcher::contains(const net::Prefix& prefix) const {
  const FamilyIndex& family = index(prefix.afi());
  if (!family.accepted.test(prefix.length()) || !family.heads[head(prefix.address())]) {
    return false;
  }
  for (const std::uint8_t length : family.probes) {
    if (length > prefix.length()) {
      return false;
    }
    const auto entry = lengths_by_prefix_.find(net::Prefix(prefix.address(), length));
    if (entry != lengths_by_prefix_.end() && entry->second.test(prefix.length())) {
      return true;
    }
  }
  return false;
}

bool PrefixMatcher::covers(const net::IpAddress& address) const {
  const FamilyIndex& family = index(address.afi());
  return std::any_of(family.probes.begin(), family.probes.end(), [&](std::uint8_t length) {
    return lengths_by_prefix_.contains(net::Prefix(address, length));
  });
}

void PrefixMatcher::for_each_range(const std::function<void(const PrefixRange&)>& visit) const {
  for (const auto& [prefix, lengths] : lengths_by_prefix_) {
    for (std::size_t low = 0; low < lengths.size(); ++low) {
      if (!lengths.test(low)) {
        continue;
      }
      std::size_t high = low;
      while (high + 1 < lengths.size() && lengths.test(high + 1)) {
        ++high;
      }
      visit({prefix, static_cast<std::uint8_t>(low), static_cast<std::uint8_t>(high)});
      low = high;
    }
  }
}

bool PrefixMatcher::universal() const {
  for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
    const net::IpAddress any = net::IpAddress::any(afi);
    const auto entry = lengths_by_prefix_.find(net::Prefix(any, 0));
    if (entry == lengths_by_prefix_.end() || entry->second.count() != any.bits() + std::size_t{1}) {
      return false;
    }
  }
  return true;
}

}  // namespace pipit::policy
