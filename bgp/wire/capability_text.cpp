// Capabilities in words, for `show neighbor` and the log: names of the IANA registry, and the
// content of those whose format is published.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bgp/wire/capability.hpp"
#include "net/hex.hpp"
#include "net/log.hpp"

namespace pipit::bgp {
namespace {

using Reader = net::ByteReader;

std::string joined(std::string list, const std::string& item) {
  return list.empty() ? item : std::move(list) + ", " + item;
}

/// AFI of two octets, SAFI of one.
std::string take_family(Reader& reader) {
  const auto afi = static_cast<net::Afi>(reader.u16());
  return net::to_string({afi, static_cast<net::Safi>(reader.u8())});
}

/// Runs `item` until the content is used up, and joins what it returns.
template <typename Item>
std::string list(Reader& reader, Item&& item) {
  std::string text;
  while (reader.ok() && !reader.empty()) {
    text = joined(std::move(text), item(reader));
  }
  return text;
}

/// RFC 4760 §8.
std::string multiprotocol_text(Reader& reader) {
  const auto afi = static_cast<net::Afi>(reader.u16());
  reader.u8();  // reserved
  return net::to_string({afi, static_cast<net::Safi>(reader.u8())});
}

/// RFC 5291 §5: of each family how many ORF types, and of each what is done with it.
std::string orf_text(Reader& reader) {
  static constexpr std::array<std::string_view, 4> kDone{"?", "receive", "send", "both"};
  return list(reader, [](Reader& in) {
    std::string text = multiprotocol_text(in);
    for (std::size_t count = in.u8(); count > 0 && in.ok(); --count) {
      const std::uint8_t type = in.u8();
      const std::uint8_t done = in.u8();
      text += fmt::format(" type {} {}", type, kDone[done < kDone.size() ? done : 0]);
    }
    return text;
  });
}

/// RFC 8950 §4: NLRI of a family with next hops of another protocol.
std::string extended_next_hop_text(Reader& reader) {
  return list(reader, [](Reader& in) {
    const auto afi = static_cast<net::Afi>(in.u16());
    const auto safi = static_cast<net::Safi>(in.u16());
    const std::uint16_t hop = in.u16();
    return fmt::format("{} over {}", net::to_string({afi, safi}),
                       hop == 1   ? std::string("ipv4")
                       : hop == 2 ? std::string("ipv6")
                                  : fmt::format("afi {}", hop));
  });
}

/// RFC 8205 §2.2.
std::string bgpsec_text(Reader& reader) {
  constexpr std::uint8_t kSends = 0x08;
  const std::uint8_t first = reader.u8();
  const std::uint16_t afi = reader.u16();
  return fmt::format("version {} {} afi {}", first >> 4, (first & kSends) != 0 ? "send" : "receive",
                     afi);
}

/// RFC 8277 §2.1.
std::string multiple_labels_text(Reader& reader) {
  return list(reader, [](Reader& in) {
    const std::string family = take_family(in);
    return fmt::format("{} {} labels", family, in.u8());
  });
}

/// RFC 9234 §4.1.
std::string role_text(Reader& reader) {
  static constexpr std::array<std::string_view, 5> kRoles{"provider", "rs", "rs-client", "customer",
                                                          "peer"};
  const std::uint8_t role = reader.u8();
  return role < kRoles.size() ? std::string(kRoles[role]) : fmt::format("role {}", role);
}

/// RFC 4724 §3, RFC 8538 §2.
std::string graceful_restart_text(Reader& reader) {
  constexpr std::uint16_t kRestarted = 0x8000;
  constexpr std::uint16_t kNotification = 0x4000;
  constexpr std::uint8_t kForwardingKept = 0x80;
  const std::uint16_t first = reader.u16();
  std::string text = fmt::format("restart time {}s", first & 0x0fff);
  text += (first & kRestarted) != 0 ? ", restarted" : "";
  text += (first & kNotification) != 0 ? ", notification" : "";
  const std::string families = list(reader, [](Reader& in) {
    const std::string family = take_family(in);
    return family + ((in.u8() & kForwardingKept) != 0 ? " forwarding kept" : "");
  });
  return families.empty() ? text + ", helper only" : joined(std::move(text), families);
}

/// RFC 9494 §3.1.
std::string long_lived_text(Reader& reader) {
  constexpr std::uint8_t kForwardingKept = 0x80;
  return list(reader, [](Reader& in) {
    const std::string family = take_family(in);
    const bool kept = (in.u8() & kForwardingKept) != 0;
    const std::uint32_t high = in.u8();
    return fmt::format("{} stale time {}s{}", family, high << 16 | in.u16(),
                       kept ? " forwarding kept" : "");
  });
}

std::string four_octet_as_text(Reader& reader) {
  return std::to_string(reader.u32());
}

/// draft-ietf-idr-dynamic-cap: the codes that may change while the session is up.
std::string dynamic_text(Reader& reader) {
  return list(reader, [](Reader& in) { return capability_name(in.u8()); });
}

/// RFC 7911 §4.
std::string add_path_text(Reader& reader) {
  static constexpr std::array<std::string_view, 4> kDone{"?", "receive", "send", "both"};
  return list(reader, [](Reader& in) {
    const std::string family = take_family(in);
    const std::uint8_t done = in.u8();
    return fmt::format("{} {}", family, kDone[done < kDone.size() ? done : 0]);
  });
}

/// draft-ietf-idr-add-paths-limit.
std::string paths_limit_text(Reader& reader) {
  return list(reader, [](Reader& in) {
    const std::string family = take_family(in);
    return fmt::format("{} {}", family, in.u16());
  });
}

/// draft-walton-bgp-hostname-capability: two names, each behind its length.
std::string fqdn_text(Reader& reader) {
  const net::ByteView host = reader.take(reader.u8());
  const net::ByteView domain = reader.take(reader.u8());
  std::string name(host.begin(), host.end());
  if (!domain.empty()) {
    name.append(1, '.').append(domain.begin(), domain.end());
  }
  return net::escaped(name);
}

/// draft-abraitis-bgp-version-capability: a text behind its length.
std::string software_version_text(Reader& reader) {
  const net::ByteView text = reader.take(reader.u8());
  return net::escaped(std::string(text.begin(), text.end()));
}

/// No content.
std::string nothing(Reader&) {
  return {};
}

/// Names of the IANA registry, and how the content reads; null: unpublished.
struct CapabilityRow {
  std::uint8_t code;
  std::string_view name;
  std::string (*content)(Reader&) = nullptr;
};

constexpr std::array kRows{
    CapabilityRow{1, "multiprotocol", multiprotocol_text},
    CapabilityRow{2, "route-refresh", nothing},
    CapabilityRow{3, "outbound-route-filtering", orf_text},
    CapabilityRow{5, "extended-next-hop", extended_next_hop_text},
    CapabilityRow{6, "extended-message", nothing},
    CapabilityRow{7, "bgpsec", bgpsec_text},
    CapabilityRow{8, "multiple-labels", multiple_labels_text},
    CapabilityRow{9, "role", role_text},
    CapabilityRow{64, "graceful-restart", graceful_restart_text},
    CapabilityRow{65, "four-octet-as", four_octet_as_text},
    CapabilityRow{67, "dynamic-capability", dynamic_text},
    CapabilityRow{68, "multisession"},
    CapabilityRow{69, "add-path", add_path_text},
    CapabilityRow{70, "enhanced-route-refresh", nothing},
    CapabilityRow{71, "long-lived-graceful-restart", long_lived_text},
    CapabilityRow{72, "routing-policy-distribution"},
    CapabilityRow{73, "fqdn", fqdn_text},
    CapabilityRow{74, "bfd-strict-mode", nothing},
    CapabilityRow{75, "software-version", software_version_text},
    CapabilityRow{76, "paths-limit", paths_limit_text},
    CapabilityRow{77, "link-local-next-hop", nothing},
    CapabilityRow{128, "route-refresh-cisco", nothing},
    CapabilityRow{130, "outbound-route-filtering-cisco", orf_text},
};

const CapabilityRow* row_of(std::uint8_t code) {
  const auto row = std::ranges::find(kRows, code, &CapabilityRow::code);
  return row == kRows.end() ? nullptr : &*row;
}

}  // namespace

std::string capability_name(std::uint8_t code) {
  const CapabilityRow* row = row_of(code);
  return row == nullptr ? fmt::format("capability {}", code) : std::string(row->name);
}

CapabilityText describe(const Capability& capability) {
  CapabilityText text{.name = capability_name(capability.code), .detail = {}};
  const CapabilityRow* row = row_of(capability.code);
  if (row != nullptr && row->content != nullptr) {
    Reader reader(capability.value);
    text.detail = row->content(reader);
    if (reader.ok() && reader.empty()) {
      return text;
    }
  }
  text.detail = net::hex(capability.value);
  return text;
}

std::string to_string(const Capability& capability) {
  CapabilityText text = describe(capability);
  return text.detail.empty() ? std::move(text.name) : text.name + ' ' + text.detail;
}

}  // namespace pipit::bgp
