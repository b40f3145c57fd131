// Communities of one kind in canonical wire form, read and changed where they stand.
//
// Used by CommunitySet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bgp/wire/community.hpp"
#include "net/bytes.hpp"

namespace pipit::policy {

/// How a kind of community stands on the wire: what is read or put lies at `at`.
template <typename Community>
struct Wire;

template <>
struct Wire<std::uint32_t> {
  static constexpr std::size_t kSize = 4;

  static std::uint32_t read(const std::uint8_t* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
           std::uint32_t{at[3]};
  }

  static void put(std::uint8_t* at, std::uint32_t value) {
    for (std::size_t i = 0; i < kSize; ++i) {
      at[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
  }
};

template <>
struct Wire<std::uint64_t> {
  static constexpr std::size_t kSize = 8;

  static std::uint64_t read(const std::uint8_t* at) {
    return std::uint64_t{Wire<std::uint32_t>::read(at)} << 32 | Wire<std::uint32_t>::read(at + 4);
  }

  static void put(std::uint8_t* at, std::uint64_t value) {
    for (std::size_t i = 0; i < kSize; ++i) {
      at[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
  }
};

template <>
struct Wire<bgp::LargeCommunity> {
  static constexpr std::size_t kSize = 12;

  static bgp::LargeCommunity read(const std::uint8_t* at) {
    return {Wire<std::uint32_t>::read(at), Wire<std::uint32_t>::read(at + 4),
            Wire<std::uint32_t>::read(at + 8)};
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

/// `index` must be below count().
template <typename Community>
Community at(net::ByteView octets, std::size_t index) {
  return Wire<Community>::read(octets.data() + index * Wire<Community>::kSize);
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

}  // namespace pipit::policy
