// IPv4 and IPv6 addresses and prefixes as plain values, ordered and hashable.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/family.hpp"

namespace pipit::net {

/// An IPv4 or IPv6 address. IPv4 sorts before IPv6. Octets are in network order.
class IpAddress {
 public:
  /// 0.0.0.0
  constexpr IpAddress() = default;

  /// From an IPv4 address in host byte order.
  static constexpr IpAddress v4(std::uint32_t value) {
    IpAddress a;
    for (std::size_t i = 0; i < 4; ++i) {
      a.octets_[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    }
    return a;
  }

  static constexpr IpAddress v6(std::span<const std::uint8_t, 16> octets) {
    IpAddress a;
    a.v6_ = true;
    for (std::size_t i = 0; i < 16; ++i) {
      a.octets_[i] = octets[i];
    }
    return a;
  }

  /// "::" or "0.0.0.0".
  static constexpr IpAddress any(Afi afi) {
    IpAddress a;
    a.v6_ = afi == Afi::Ipv6;
    return a;
  }

  /// From 4 or 16 octets; nullopt for any other length.
  static std::optional<IpAddress> from_octets(std::span<const std::uint8_t> octets);

  /// From text without scope or prefix length; nullopt when it is not an address.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr bool is_v4() const { return !v6_; }

  constexpr bool is_v6() const { return v6_; }

  constexpr Afi afi() const { return v6_ ? Afi::Ipv6 : Afi::Ipv4; }

  /// 32 or 128.
  constexpr std::uint8_t bits() const { return v6_ ? 128 : 32; }

  /// The 4 or 16 octets in network order; valid as long as this value lives.
  constexpr std::span<const std::uint8_t> octets() const {
    return {octets_.data(), v6_ ? std::size_t{16} : std::size_t{4}};
  }

  /// The IPv4 value in host byte order; for an IPv6 address its first four octets.
  constexpr std::uint32_t to_v4() const {
    return (std::uint32_t{octets_[0]} << 24) | (std::uint32_t{octets_[1]} << 16) |
           (std::uint32_t{octets_[2]} << 8) | std::uint32_t{octets_[3]};
  }

  bool is_unspecified() const;
  bool is_loopback() const;    // 127/8, ::1
  bool is_multicast() const;   // 224/4, ff00::/8
  bool is_link_local() const;  // 169.254/16, fe80::/10

  /// The address with all bits after the first `length` cleared.
  IpAddress masked(std::uint8_t length) const;

  /// The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), else the address itself.
  IpAddress unmapped() const;

  std::string to_string() const;

  friend constexpr std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) {
    if (a.v6_ != b.v6_) {
      return a.v6_ <=> b.v6_;
    }
    const std::uint64_t high_a = a.word(0);
    const std::uint64_t high_b = b.word(0);
    return high_a != high_b ? high_a <=> high_b : a.word(8) <=> b.word(8);
  }

  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.word(0) == b.word(0) && a.word(8) == b.word(8) && a.v6_ == b.v6_;
  }

 private:
  /// Eight octets from there on as a number: what is compared most often is not compared octet by
  /// octet.
  constexpr std::uint64_t word(std::size_t from) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value = value << 8 | octets_[from + i];
    }
    return value;
  }

  std::array<std::uint8_t, 16> octets_{};
  bool v6_ = false;
};

/// An address prefix; bits after the length are always zero.
class Prefix {
 public:
  /// 0.0.0.0/0
  constexpr Prefix() = default;

  /// Masks the address. `length` must be at most address.bits().
  Prefix(const IpAddress& address, std::uint8_t length)
      : address_(address.masked(length)), length_(length) {}

  /// For decoders that have masked already: no bit of `address` after `length` may be set.
  static constexpr Prefix from_masked(const IpAddress& address, std::uint8_t length) {
    Prefix prefix;
    prefix.address_ = address;
    prefix.length_ = length;
    return prefix;
  }

  /// "10.0.0.0/8", "fd00::/64", or a bare address as a host prefix. Host bits are masked off.
  static std::optional<Prefix> parse(std::string_view text);

  static Prefix host(const IpAddress& address) { return {address, address.bits()}; }

  const IpAddress& address() const { return address_; }

  std::uint8_t length() const { return length_; }

  Afi afi() const { return address_.afi(); }

  bool is_host() const { return length_ == address_.bits(); }

  bool contains(const IpAddress& address) const;
  /// True also for the prefix itself.
  bool contains(const Prefix& other) const;

  std::string to_string() const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress address_;
  std::uint8_t length_ = 0;
};

/// An address with the interface that gives a link-local one its meaning ("fe80::1%eth0").
struct ScopedAddress {
  IpAddress address;
  std::string interface;  // empty: none

  static std::optional<ScopedAddress> parse(std::string_view text);
  std::string to_string() const;
  friend auto operator<=>(const ScopedAddress&, const ScopedAddress&) = default;
};

/// An address and a port: "192.0.2.1:179", "[::]:179", "[fe80::1%eth0]:179".
struct Endpoint {
  ScopedAddress host;
  std::uint16_t port = 0;

  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

std::size_t hash_value(const IpAddress& address);
std::size_t hash_value(const Prefix& prefix);

}  // namespace pipit::net

template <>
struct std::hash<pipit::net::IpAddress> {
  std::size_t operator()(const pipit::net::IpAddress& a) const { return hash_value(a); }
};

template <>
struct std::hash<pipit::net::Prefix> {
  std::size_t operator()(const pipit::net::Prefix& p) const { return hash_value(p); }
};
