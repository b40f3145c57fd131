// What containers hold on the heap, for the accounts of memory: estimates in octets, without what
// their elements hold in turn.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <malloc.h>

namespace pipit::net {

/// What one allocation costs with malloc's rounding and header; 0 for a null pointer.
inline std::size_t allocated(const void* block) {
  // malloc_usable_size() reads the header; its parameter is not const for no reason.
  return block == nullptr ? 0 : ::malloc_usable_size(const_cast<void*>(block)) + sizeof(void*);
}

/// Of a vector that only grows: what lies behind its end was not touched yet.
template <typename T>
std::size_t footprint(const std::vector<T>& vector) {
  return vector.size() * sizeof(T);
}

/// Of a vector that is emptied and filled again.
template <typename T>
std::size_t reserved(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

template <typename T>
std::size_t footprint(const std::deque<T>& deque) {
  constexpr std::size_t kBlock = 512;  // of libstdc++
  return deque.size() * sizeof(T) + kBlock;
}

/// Of a boost::unordered_flat_set or _map: groups of 15 slots with 16 octets each beside them.
template <typename Flat>
  requires requires(const Flat& flat) { flat.bucket_count(); }
std::size_t footprint(const Flat& flat) {
  constexpr std::size_t kGroup = 15;
  constexpr std::size_t kBeside = 16;
  return flat.bucket_count() * sizeof(typename Flat::value_type) +
         flat.bucket_count() / kGroup * kBeside;
}

/// Of a std::map or std::set: nodes with their header.
template <typename Tree>
std::size_t tree_footprint(const Tree& tree) {
  constexpr std::size_t kNode = 32 + 2 * sizeof(void*);  // links and colour, malloc's part
  return tree.size() * (sizeof(typename Tree::value_type) + kNode);
}

}  // namespace pipit::net
