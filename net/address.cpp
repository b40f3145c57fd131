#include "net/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <boost/container_hash/hash.hpp>
#include <netinet/in.h>

namespace pipit::net {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number max) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty() || value > max) {
    return std::nullopt;
  }
  return value;
}

std::uint64_t load64(const std::uint8_t* p) {
  std::uint64_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

std::optional<IpAddress> IpAddress::from_octets(std::span<const std::uint8_t> octets) {
  if (octets.size() == 16) {
    return v6(std::span<const std::uint8_t, 16>(octets.data(), 16));
  }
  if (octets.size() != 4) {
    return std::nullopt;
  }
  IpAddress a;
  std::copy(octets.begin(), octets.end(), a.octets_.begin());
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.empty() || text.size() >= buffer.size()) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), buffer.begin());
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, buffer.data(), octets.data()) == 1) {
    return from_octets(std::span(octets).first(4));
  }
  if (inet_pton(AF_INET6, buffer.data(), octets.data()) == 1) {
    return v6(octets);
  }
  return std::nullopt;
}

IpAddress IpAddress::unmapped() const {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (is_v4() || !std::equal(kMapped.begin(), kMapped.end(), octets_.begin())) {
    return *this;
  }
  return *from_octets(std::span(octets_).subspan(kMapped.size()));
}

bool IpAddress::is_unspecified() const {
  return std::all_of(octets_.begin(), octets_.end(), [](std::uint8_t o) { return o == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) {
    return octets_[0] == 127;
  }
  return octets_[15] == 1 &&
         std::all_of(octets_.begin(), octets_.end() - 1, [](std::uint8_t o) { return o == 0; });
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (octets_[0] & 0xf0) == 0xe0 : octets_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  return is_v4() ? octets_[0] == 169 && octets_[1] == 254
                 : octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
}

IpAddress IpAddress::masked(std::uint8_t length) const {
  IpAddress a = *this;
  const std::size_t full = length / 8;
  if (full >= octets().size()) {
    return a;
  }
  a.octets_[full] = static_cast<std::uint8_t>(a.octets_[full] & (0xff00U >> (length % 8)));
  std::fill(a.octets_.begin() + static_cast<std::ptrdiff_t>(full) + 1, a.octets_.end(),
            std::uint8_t{0});
  return a;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    return host(*address);
  }
  const auto length = parse_number<std::uint8_t>(text.substr(slash + 1), address->bits());
  if (!length) {
    return std::nullopt;
  }
  return Prefix(*address, *length);
}

bool Prefix::contains(const IpAddress& address) const {
  return address.afi() == afi() && address.masked(length_) == address_;
}

bool Prefix::contains(const Prefix& other) const {
  return other.length_ >= length_ && contains(other.address_);
}

std::string Prefix::to_string() const {
  return address_.to_string() + '/' + std::to_string(length_);
}

std::optional<ScopedAddress> ScopedAddress::parse(std::string_view text) {
  const std::size_t percent = text.find('%');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, percent));
  if (!address) {
    return std::nullopt;
  }
  ScopedAddress scoped{.address = *address, .interface = {}};
  if (percent != std::string_view::npos) {
    scoped.interface = std::string(text.substr(percent + 1));
    if (scoped.interface.empty() || !address->is_link_local()) {
      return std::nullopt;
    }
  }
  return scoped;
}

std::string ScopedAddress::to_string() const {
  return interface.empty() ? address.to_string() : address.to_string() + '%' + interface;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t close = text.find("]:");
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
      return std::nullopt;
    }
    host = text.substr(0, colon);
    text.remove_prefix(colon);
  }
  const auto scoped = ScopedAddress::parse(host);
  const auto port = parse_number<std::uint16_t>(text.substr(1), 65535);
  if (!scoped || !port) {
    return std::nullopt;
  }
  return Endpoint{.host = *scoped, .port = *port};
}

std::string Endpoint::to_string() const {
  const std::string text = host.to_string();
  return (host.address.is_v6() ? '[' + text + ']' : text) + ':' + std::to_string(port);
}

std::size_t hash_value(const IpAddress& address) {
  std::size_t seed = address.is_v6() ? 1 : 0;
  if (address.is_v4()) {
    boost::hash_combine(seed, address.to_v4());
    return seed;
  }
  const auto octets = address.octets();
  boost::hash_combine(seed, load64(octets.data()));
  boost::hash_combine(seed, load64(octets.data() + 8));
  return seed;
}

std::size_t hash_value(const Prefix& prefix) {
  std::size_t seed = hash_value(prefix.address());
  boost::hash_combine(seed, prefix.length());
  return seed;
}

}  // namespace pipit::net
