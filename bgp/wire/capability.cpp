#include "bgp/wire/capability.hpp"

#include <algorithm>

namespace pipit::bgp {
namespace {

constexpr std::size_t kMaxName = 120;  // two names and their length octets stay below 255

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

}  // namespace pipit::bgp
