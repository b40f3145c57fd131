#include "net/route_distinguisher.hpp"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::net {
namespace {

// RFC 4364 §4.2.
constexpr std::uint16_t kTwoOctetAs = 0;
constexpr std::uint16_t kIpv4Address = 1;
constexpr std::uint16_t kFourOctetAs = 2;

constexpr std::string_view kHex = "0x";

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t most, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value <= most ? std::optional(value) : std::nullopt;
}

RouteDistinguisher made(std::uint16_t type, std::uint64_t value) {
  const std::uint64_t all = (std::uint64_t{type} << 48) | value;
  RouteDistinguisher rd;
  for (std::size_t i = 0; i < rd.octets.size(); ++i) {
    rd.octets[i] = static_cast<std::uint8_t>(all >> (56 - 8 * i));
  }
  return rd;
}

/// The AS number in front of the colon: "65000", "4200000000", or with a dot.
struct AsNumber {
  std::uint32_t value = 0;
  bool four_octets = false;
};

std::optional<AsNumber> as_number(std::string_view text) {
  constexpr std::uint32_t kTwoOctets = 0xffff;
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    const auto high = number(text.substr(0, dot), kTwoOctets);
    const auto low = number(text.substr(dot + 1), kTwoOctets);
    return high && low
               ? std::optional(AsNumber{static_cast<std::uint32_t>((*high << 16) | *low), true})
               : std::nullopt;
  }
  const auto value = number(text, 0xffffffff);
  return value ? std::optional(AsNumber{static_cast<std::uint32_t>(*value), *value > kTwoOctets})
               : std::nullopt;
}

}  // namespace

std::optional<RouteDistinguisher> RouteDistinguisher::parse(std::string_view text) {
  if (text.starts_with(kHex)) {
    const std::string_view digits = text.substr(kHex.size());
    const auto value = number(digits, ~std::uint64_t{0}, 16);
    return value && digits.size() == 2 * kSize
               ? std::optional(
                     made(static_cast<std::uint16_t>(*value >> 48), *value & 0xffffffffffff))
               : std::nullopt;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view administrator = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (const auto address = IpAddress::parse(administrator)) {
    const auto low = number(rest, 0xffff);
    return low ? std::optional(made(kIpv4Address, (std::uint64_t{address->to_v4()} << 16) | *low))
               : std::nullopt;
  }
  const auto asn = as_number(administrator);
  const auto low = number(rest, asn && !asn->four_octets ? 0xffffffff : 0xffff);
  if (!asn || !low) {
    return std::nullopt;
  }
  return asn->four_octets ? made(kFourOctetAs, (std::uint64_t{asn->value} << 16) | *low)
                          : made(kTwoOctetAs, (std::uint64_t{asn->value} << 32) | *low);
}

std::string RouteDistinguisher::to_string() const {
  ByteReader reader(octets);
  switch (reader.u16()) {
    case kTwoOctetAs: {
      const std::uint16_t asn = reader.u16();
      return fmt::format("{}:{}", asn, reader.u32());
    }
    case kIpv4Address: {
      const IpAddress address = IpAddress::v4(reader.u32());
      return fmt::format("{}:{}", address.to_string(), reader.u16());
    }
    case kFourOctetAs: {
      const std::uint32_t asn = reader.u32();
      const std::uint16_t low = reader.u16();
      return asn > 0xffff ? fmt::format("{}:{}", asn, low) : fmt::format("0.{}:{}", asn, low);
    }
    default:
      return fmt::format("{}{:02x}", kHex, fmt::join(octets, ""));
  }
}

}  // namespace pipit::net
