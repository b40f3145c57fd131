#include "bgp/wire/nlri.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace pipit::bgp {
namespace {

constexpr std::size_t kPathIdSize = 4;
constexpr std::size_t kMaxOctets = 16;

std::size_t octets_of(std::uint8_t length) {
  return (length + std::size_t{7}) / 8;
}

std::size_t size_of(const Nlri& nlri, bool add_path) {
  return (add_path ? kPathIdSize : 0) + 1 + octets_of(nlri.prefix.length());
}

/// The first `count` (at most Size) octets of `field`, zeros after them. Where the field is long
/// enough one load of fixed size takes them, together with some that the mask then clears.
template <std::size_t Size>
std::array<std::uint8_t, Size> load(net::ByteView field, std::size_t count) {
  std::array<std::uint8_t, Size> octets{};
  if (field.size() >= Size) {
    std::memcpy(octets.data(), field.data(), Size);
  } else {
    std::memcpy(octets.data(), field.data(), count);
  }
  return octets;
}

std::uint32_t big_endian32(const std::uint8_t* octets) {
  std::uint32_t value = 0;
  std::memcpy(&value, octets, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}

net::Prefix prefix_v4(net::ByteView field, std::uint8_t length) {
  const auto octets = load<4>(field, octets_of(length));
  const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  return net::Prefix::from_masked(net::IpAddress::v4(big_endian32(octets.data()) & mask), length);
}

net::Prefix prefix_v6(net::ByteView field, std::uint8_t length) {
  auto octets = load<kMaxOctets>(field, octets_of(length));
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t kept = length > 32 * i ? length - 32 * i : 0;
    if (kept < 32) {
      std::uint32_t mask = kept == 0 ? 0 : ~std::uint32_t{0} << (32 - kept);
      mask = std::endian::native == std::endian::little ? __builtin_bswap32(mask) : mask;
      std::uint32_t word = 0;
      std::memcpy(&word, octets.data() + 4 * i, sizeof word);
      word &= mask;
      std::memcpy(octets.data() + 4 * i, &word, sizeof word);
    }
  }
  return net::Prefix::from_masked(net::IpAddress::v6(octets), length);
}

template <bool V6, bool AddPath>
bool decode(net::ByteView field, std::vector<Nlri>& out) {
  constexpr std::uint8_t kBits = V6 ? 128 : 32;
  constexpr std::size_t kHead = AddPath ? kPathIdSize + 1 : 1;
  while (!field.empty()) {
    if (field.size() < kHead) {
      return false;
    }
    const std::uint32_t path_id = AddPath ? big_endian32(field.data()) : 0;
    const std::uint8_t length = field[kHead - 1];
    field = field.subspan(kHead);
    const std::size_t octets = octets_of(length);
    if (length > kBits || octets > field.size()) {
      return false;
    }
    out.push_back({V6 ? prefix_v6(field, length) : prefix_v4(field, length), path_id});
    field = field.subspan(octets);
  }
  return true;
}

}  // namespace

bool decode_nlri(net::ByteView field, net::Afi afi, bool add_path, std::vector<Nlri>& out) {
  if (afi == net::Afi::Ipv4) {
    return add_path ? decode<false, true>(field, out) : decode<false, false>(field, out);
  }
  return add_path ? decode<true, true>(field, out) : decode<true, false>(field, out);
}

NlriFit fit_nlri(std::span<const Nlri> nlri, bool add_path, std::size_t room) {
  NlriFit fit;
  for (const Nlri& item : nlri) {
    const std::size_t size = size_of(item, add_path);
    if (fit.octets + size > room) {
      break;
    }
    fit.octets += size;
    ++fit.count;
  }
  return fit;
}

void encode_nlri(std::span<const Nlri> nlri, bool add_path, std::size_t octets, net::Bytes& out) {
  // Each address is copied as a whole and the next NLRI overwrites what its length leaves out.
  std::size_t at = out.size();
  const std::size_t end = at + octets;
  out.resize(end + kMaxOctets);
  for (const Nlri& item : nlri) {
    if (add_path) {
      for (const int shift : {24, 16, 8, 0}) {
        out[at++] = static_cast<std::uint8_t>(item.path_id >> shift);
      }
    }
    out[at++] = item.prefix.length();
    const auto address = item.prefix.address().octets();
    if (address.size() == 4) {
      std::memcpy(out.data() + at, address.data(), 4);
    } else {
      std::memcpy(out.data() + at, address.data(), kMaxOctets);
    }
    at += octets_of(item.prefix.length());
  }
  out.resize(end);
}

}  // namespace pipit::bgp
