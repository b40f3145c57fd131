#include "bgp/wire/capability.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "net/log.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kMaxName = 120;  // two names and their length octets stay below 255

/// Names of the IANA registry, understood here or not.
struct CapabilityName {
  std::uint8_t code;
  std::string_view name;
};

constexpr std::array<CapabilityName, 20> kNames{{
    {1, "multiprotocol"},
    {2, "route-refresh"},
    {3, "outbound-route-filtering"},
    {5, "extended-next-hop"},
    {6, "extended-message"},
    {7, "bgpsec"},
    {8, "multiple-labels"},
    {9, "role"},
    {64, "graceful-restart"},
    {65, "four-octet-as"},
    {67, "dynamic-capability"},
    {68, "multisession"},
    {69, "add-path"},
    {70, "enhanced-route-refresh"},
    {71, "long-lived-graceful-restart"},
    {72, "routing-policy-distribution"},
    {73, "fqdn"},
    {75, "software-version"},
    {76, "paths-limit"},
    {128, "route-refresh-cisco"},
}};

bool is(const Capability& capability, CapabilityCode code) {
  return capability.code == static_cast<std::uint8_t>(code);
}

std::optional<net::Family> family_of(const Capability& capability) {
  net::ByteReader reader(capability.value);
  const auto afi = static_cast<net::Afi>(reader.u16());
  reader.u8();  // reserved
  const auto safi = static_cast<net::Safi>(reader.u8());
  if (!is(capability, CapabilityCode::Multiprotocol) || !reader.ok() || !reader.empty()) {
    return std::nullopt;
  }
  return net::Family{afi, safi};
}

std::optional<std::uint32_t> asn_of(const Capability& capability) {
  if (!is(capability, CapabilityCode::FourOctetAs) || capability.value.size() != 4) {
    return std::nullopt;
  }
  return net::ByteReader(capability.value).u32();
}

std::optional<std::string> hostname_of(const Capability& capability) {
  net::ByteReader reader(capability.value);
  const net::ByteView host = reader.take(reader.u8());
  const net::ByteView domain = reader.take(reader.u8());
  if (!is(capability, CapabilityCode::Fqdn) || !reader.ok() || host.empty()) {
    return std::nullopt;
  }
  std::string name(host.begin(), host.end());
  if (!domain.empty()) {
    name += '.';
    name.append(domain.begin(), domain.end());
  }
  return name;
}

}  // namespace

Capability multiprotocol(net::Family family) {
  Capability capability = plain(CapabilityCode::Multiprotocol);
  net::ByteWriter writer(capability.value);
  writer.u16(static_cast<std::uint16_t>(family.afi));
  writer.u8(0);
  writer.u8(static_cast<std::uint8_t>(family.safi));
  return capability;
}

Capability four_octet_as(std::uint32_t asn) {
  Capability capability = plain(CapabilityCode::FourOctetAs);
  net::ByteWriter(capability.value).u32(asn);
  return capability;
}

Capability fqdn(std::string_view hostname, std::string_view domain) {
  Capability capability = plain(CapabilityCode::Fqdn);
  for (const std::string_view name : {hostname, domain}) {
    const std::string_view part = name.substr(0, kMaxName);
    capability.value.push_back(static_cast<std::uint8_t>(part.size()));
    capability.value.insert(capability.value.end(), part.begin(), part.end());
  }
  return capability;
}

std::vector<net::Family> families(const Capabilities& capabilities) {
  std::vector<net::Family> found;
  for (const Capability& capability : capabilities) {
    if (const auto family = family_of(capability)) {
      found.push_back(*family);
    }
  }
  return found;
}

std::optional<std::uint32_t> four_octet_asn(const Capabilities& capabilities) {
  for (const Capability& capability : capabilities) {
    if (const auto asn = asn_of(capability)) {
      return asn;
    }
  }
  return std::nullopt;
}

std::optional<std::string> hostname(const Capabilities& capabilities) {
  for (const Capability& capability : capabilities) {
    if (auto name = hostname_of(capability)) {
      return name;
    }
  }
  return std::nullopt;
}

bool has_plain(const Capabilities& capabilities, CapabilityCode code) {
  return std::any_of(capabilities.begin(), capabilities.end(), [&](const Capability& capability) {
    return is(capability, code) && capability.value.empty();
  });
}

CapabilityText describe(const Capability& capability) {
  const auto row = std::find_if(kNames.begin(), kNames.end(), [&](const CapabilityName& known) {
    return known.code == capability.code;
  });
  CapabilityText text;
  text.name =
      row == kNames.end() ? fmt::format("capability {}", capability.code) : std::string(row->name);
  if (const auto family = family_of(capability)) {
    text.detail = net::to_string(*family);
  } else if (const auto asn = asn_of(capability)) {
    text.detail = std::to_string(*asn);
  } else if (const auto name = hostname_of(capability)) {
    text.detail = net::escaped(*name);
  } else {
    for (const std::uint8_t octet : capability.value) {
      text.detail += fmt::format("{:02x}", octet);
    }
  }
  return text;
}

std::string to_string(const Capability& capability) {
  CapabilityText text = describe(capability);
  return text.detail.empty() ? std::move(text.name) : text.name + ' ' + text.detail;
}

}  // namespace pipit::bgp
