#include "bgp/wire/nlri.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "bgp/wire/nlri_codecs.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kPathIdSize = 4;
constexpr std::size_t kMaxOctets = 16;

constexpr std::uint32_t kBottomOfStack = 1;          // RFC 3032 §2.1
constexpr std::uint32_t kWithdrawnLabel = 0x800000;  // RFC 8277 §2.4

constexpr std::size_t octets_of(std::size_t length) {
  return (length + 7) / 8;
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
bool decode_each(net::ByteView field, std::vector<Nlri>& out) {
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

template <bool V6>
bool decode_prefixes(net::ByteView field, bool add_path, NlriList& out) {
  return add_path ? decode_each<V6, true>(field, out.prefixes())
                  : decode_each<V6, false>(field, out.prefixes());
}

/// Reads one label before each Route Distinguisher: sessions never agree on several, since the
/// capability for them is not offered. Ignores the label's last four bits (RFC 8277 §2.2), and the
/// whole label of a withdrawal (§2.4).
template <bool V6>
bool decode_vpn(net::ByteView field, bool add_path, NlriUse use, NlriList& out) {
  constexpr std::size_t kBits = V6 ? 128 : 32;
  const std::size_t head = (add_path ? kPathIdSize : 0) + 1;
  while (!field.empty()) {
    if (field.size() < head) {
      return false;
    }
    const std::uint32_t path_id = add_path ? big_endian32(field.data()) : 0;
    const std::size_t bits = field[head - 1];
    field = field.subspan(head);
    const std::size_t octets = octets_of(bits);
    if (bits < 8 * kVpnSize || bits > 8 * kVpnSize + kBits || octets > field.size()) {
      return false;
    }
    VpnPart vpn;
    if (use == NlriUse::Announced) {
      vpn.label = big_endian32(field.data()) >> 12;
    }
    std::memcpy(vpn.distinguisher.octets.data(), field.data() + kLabelSize,
                net::RouteDistinguisher::kSize);
    const auto length = static_cast<std::uint8_t>(bits - 8 * kVpnSize);
    const net::ByteView address = field.subspan(kVpnSize);
    out.push_back({V6 ? prefix_v6(address, length) : prefix_v4(address, length), path_id}, vpn);
    field = field.subspan(octets);
  }
  return true;
}

/// Without payload: what names a route.
using Named = std::pair<net::RouteDistinguisher, Nlri>;

Named named(const NlriView& nlri, std::size_t i) {
  return {nlri.vpn().empty() ? net::RouteDistinguisher() : nlri.vpn()[i].distinguisher,
          nlri.prefixes()[i]};
}

/// Leaves those of a list for which `stays` says so.
template <typename Stays>
void keep_those(NlriList& list, const Stays& stays) {
  const NlriList all = std::exchange(list, {});
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (stays(named(all, i))) {
      list.push_back(all, i);
    }
  }
}

}  // namespace

void NlriList::erase_all_of(const NlriView& others) {
  if (empty() || others.empty()) {
    return;
  }
  std::vector<Named> known;
  known.reserve(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) {
    known.push_back(named(others, i));
  }
  std::sort(known.begin(), known.end());
  keep_those(*this, [&](const Named& one) {
    return !std::binary_search(known.begin(), known.end(), one);
  });
}

void NlriList::erase_repeated() {
  std::vector<Named> known;
  known.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    known.push_back(named(*this, i));
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const bool has_vpn = !vpn_.empty();
  clear();
  for (const Named& one : known) {
    prefixes_.push_back(one.second);
    if (has_vpn) {
      vpn_.push_back({.distinguisher = one.first});
    }
  }
}

bool decode_ipv4(net::ByteView field, bool add_path, NlriUse /*use*/, NlriList& out) {
  return decode_prefixes<false>(field, add_path, out);
}

bool decode_ipv6(net::ByteView field, bool add_path, NlriUse /*use*/, NlriList& out) {
  return decode_prefixes<true>(field, add_path, out);
}

bool decode_ipv4_vpn(net::ByteView field, bool add_path, NlriUse use, NlriList& out) {
  return decode_vpn<false>(field, add_path, use, out);
}

bool decode_ipv6_vpn(net::ByteView field, bool add_path, NlriUse use, NlriList& out) {
  return decode_vpn<true>(field, add_path, use, out);
}

NlriFit fit_prefixes(const NlriView& nlri, bool add_path, std::size_t room) {
  NlriFit fit;
  for (const Nlri& item : nlri.prefixes()) {
    const std::size_t size = size_of(item, add_path);
    if (fit.octets + size > room) {
      break;
    }
    fit.octets += size;
    ++fit.count;
  }
  return fit;
}

NlriFit fit_vpn(const NlriView& nlri, bool add_path, std::size_t room) {
  NlriFit fit;
  for (const Nlri& item : nlri.prefixes()) {
    const std::size_t size = kVpnSize + size_of(item, add_path);
    if (fit.octets + size > room) {
      break;
    }
    fit.octets += size;
    ++fit.count;
  }
  return fit;
}

void encode_prefixes(
    const NlriView& nlri, bool add_path, NlriUse /*use*/, std::size_t octets, net::Bytes& out) {
  // Each address is copied as a whole and the next NLRI overwrites what its length leaves out.
  std::size_t at = out.size();
  const std::size_t end = at + octets;
  out.resize(end + kMaxOctets);
  for (const Nlri& item : nlri.prefixes()) {
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

void encode_vpn(
    const NlriView& nlri, bool add_path, NlriUse use, std::size_t octets, net::Bytes& out) {
  out.reserve(out.size() + octets);
  net::ByteWriter writer(out);
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    const Nlri& item = nlri.prefixes()[i];
    const VpnPart& vpn = nlri.vpn()[i];
    if (add_path) {
      writer.u32(item.path_id);
    }
    const std::uint32_t label =
        use == NlriUse::Withdrawn ? kWithdrawnLabel : (vpn.label << 4) | kBottomOfStack;
    writer.u8(static_cast<std::uint8_t>(8 * kVpnSize + item.prefix.length()));
    writer.u8(static_cast<std::uint8_t>(label >> 16));
    writer.u16(static_cast<std::uint16_t>(label));
    writer.bytes(vpn.distinguisher.octets);
    writer.bytes(item.prefix.address().octets().first(octets_of(item.prefix.length())));
  }
}

}  // namespace pipit::bgp
