#include "control/community_filter.hpp"

#include <limits>
#include <vector>

#include "bgp/wire/community.hpp"
#include "net/address.hpp"
#include "net/bytes.hpp"

namespace pipit::control {
namespace {

constexpr std::uint32_t kHighest16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint32_t kHighest32 = std::numeric_limits<std::uint32_t>::max();

/// A field of a community: "*", a number, or a range, up to `highest`.
std::optional<net::NumberRange> parse_field(std::string_view text, std::uint32_t highest) {
  if (text == "*") {
    return net::NumberRange{0, highest};
  }
  const auto range = net::parse_range(text);
  return range && range->high <= highest ? range : std::nullopt;
}

/// The parts between colons, empty ones too.
std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t colon = text.find(':');
    fields.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) {
      return fields;
    }
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::optional<CommunityFilter> CommunityFilter::parse(std::string_view text) {
  CommunityFilter filter;
  if (const auto standard = bgp::parse_community(text)) {
    filter.fields_ = {
        {{*standard >> 16, *standard >> 16}, {*standard & kHighest16, *standard & kHighest16}, {}}};
    return filter;
  }
  if (const auto extended = bgp::parse_extended_community(text)) {
    filter.kind_ = Kind::ExactExtended;
    filter.exact_ = *extended;
    return filter;
  }
  return text.starts_with("rt:") || text.starts_with("soo:") ? parse_extended(text)
                                                             : parse_numbers(text);
}

std::optional<CommunityFilter> CommunityFilter::parse_numbers(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() != 2 && fields.size() != 3) {
    return std::nullopt;
  }
  CommunityFilter filter;
  filter.kind_ = fields.size() == 2 ? Kind::Standard : Kind::Large;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = parse_field(fields[i], fields.size() == 2 ? kHighest16 : kHighest32);
    if (!field) {
      return std::nullopt;
    }
    filter.fields_[i] = *field;
  }
  return filter;
}

/// RFC 4360 §4 and §5, RFC 5668.
std::optional<CommunityFilter> CommunityFilter::parse_extended(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() != 3) {
    return std::nullopt;
  }
  CommunityFilter filter;
  filter.kind_ = Kind::Extended;
  filter.sub_type_ = fields[0] == "rt" ? 0x02 : 0x03;
  filter.any_administrator_ = fields[1] == "*";
  const auto address = net::IpAddress::parse(fields[1]);
  const auto administrator = parse_field(fields[1], kHighest32);
  const auto local = parse_field(fields[2], kHighest32);
  if (!local || (!administrator && !(address && address->is_v4()))) {
    return std::nullopt;
  }
  if (administrator) {
    filter.fields_[0] = *administrator;
  } else {
    filter.address_ = address->to_v4();
  }
  filter.fields_[1] = *local;
  return filter;
}

/// The six octets of value are divided by the high octet of the type: 2 and 4 of them for an AS
/// number, 4 and 2 for an IPv4 address, 4 and 2 for a long AS number.
bool CommunityFilter::fits_extended(std::uint64_t community) const {
  if (kind_ == Kind::ExactExtended) {
    return community == exact_;
  }
  const auto layout = static_cast<std::uint8_t>(community >> 56);
  if (layout > 2 || static_cast<std::uint8_t>(community >> 48) != sub_type_) {
    return false;
  }
  const std::uint32_t administrator =
      static_cast<std::uint32_t>(layout == 0 ? community >> 32 & kHighest16 : community >> 16);
  const std::uint32_t local =
      static_cast<std::uint32_t>(layout == 0 ? community : community & kHighest16);
  if (!fields_[1].contains(local)) {
    return false;
  }
  if (address_) {
    return layout == 1 && administrator == *address_;
  }
  return any_administrator_ || (layout != 1 && fields_[0].contains(administrator));
}

bool CommunityFilter::found_in(const bgp::AttributesView& attributes) const {
  if (kind_ == Kind::Standard) {
    net::ByteReader reader(attributes.communities);
    while (reader.remaining() >= 4) {
      const std::uint32_t high = reader.u16();
      if (const std::uint32_t low = reader.u16();
          fields_[0].contains(high) && fields_[1].contains(low)) {
        return true;
      }
    }
    return false;
  }
  if (kind_ == Kind::Large) {
    net::ByteReader reader(attributes.large_communities);
    while (reader.remaining() >= 12) {
      const std::uint32_t global = reader.u32();
      const std::uint32_t first = reader.u32();
      if (const std::uint32_t second = reader.u32(); fields_[0].contains(global) &&
                                                     fields_[1].contains(first) &&
                                                     fields_[2].contains(second)) {
        return true;
      }
    }
    return false;
  }
  net::ByteReader reader(attributes.extended_communities);
  while (reader.remaining() >= 8) {
    if (fits_extended(reader.u64())) {
      return true;
    }
  }
  return false;
}

}  // namespace pipit::control
