// Memory that comes from the system and goes back to it as soon as it is not needed, past malloc:
// for big tables, whose memory malloc would keep, or give back all at once in one long call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace pipit::net {

/// Owns one mapping of zeroed pages. Moves; does not copy.
class Mapping {
 public:
  Mapping() = default;

  /// `octets`: a multiple of the page size. Throws std::bad_alloc.
  explicit Mapping(std::size_t octets) : at_(map(octets)), octets_(octets) {}

  /// The same at a multiple of `octets`, which is a power of two.
  static Mapping aligned(std::size_t octets) {
    auto* const wide = static_cast<std::byte*>(map(2 * octets));
    const std::size_t before = (octets - reinterpret_cast<std::uintptr_t>(wide) % octets) % octets;
    unmap(wide, before);
    unmap(wide + before + octets, octets - before);
    Mapping made;
    made.at_ = wide + before;
    made.octets_ = octets;
    return made;
  }

  Mapping(Mapping&& other) noexcept
      : at_(std::exchange(other.at_, nullptr)), octets_(std::exchange(other.octets_, 0)) {}

  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(octets_, other.octets_);
    return *this;
  }

  ~Mapping() { unmap(at_, octets_); }

  std::byte* data() const { return static_cast<std::byte*>(at_); }

  explicit operator bool() const { return at_ != nullptr; }

  /// Gives the pages up without unmapping them: whoever knows the address does that.
  std::byte* release() {
    octets_ = 0;
    return static_cast<std::byte*>(std::exchange(at_, nullptr));
  }

  /// Unmaps what release() gave.
  static void unmap(void* at, std::size_t octets) {
    if (octets != 0) {
      ::munmap(at, octets);
    }
  }

 private:
  static void* map(std::size_t octets) {
    void* const made =
        ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) {
      throw std::bad_alloc();
    }
    return made;
  }

  void* at_ = nullptr;
  std::size_t octets_ = 0;
};

}  // namespace pipit::net
