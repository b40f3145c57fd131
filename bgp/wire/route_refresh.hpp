// ROUTE-REFRESH (RFC 2918) with the demarcation of RFC 7313.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/notification.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

enum class RefreshSubtype : std::uint8_t { Request = 0, Begin = 1, End = 2 };

struct RouteRefresh {
  net::Family family;
  RefreshSubtype subtype = RefreshSubtype::Request;

  friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

/// Decodes the body (what follows the 19-octet header). nullopt: to be ignored (unknown subtype,
/// family not negotiated, an ORF body that was not negotiated). A Notification (7/1) only when RFC
/// 7313 was negotiated and the length is wrong.
std::expected<std::optional<RouteRefresh>, Notification> decode_route_refresh(
    net::ByteView body, const Negotiated& session);

/// Appends the whole message.
void encode_route_refresh(const RouteRefresh& refresh, net::Bytes& out);

}  // namespace pipit::bgp
