#include "bgp/wire/route_refresh.hpp"

#include "bgp/wire/message.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kBodySize = 4;
constexpr std::uint8_t kInvalidLength = 1;

bool known(std::uint8_t subtype) {
  return subtype <= static_cast<std::uint8_t>(RefreshSubtype::End);
}

/// RFC 7313 §5: the data of 7/1 is the complete message.
Notification invalid_length(net::ByteView body) {
  Notification notification{.code = ErrorCode::RouteRefresh, .subcode = kInvalidLength, .data = {}};
  encode_header(MessageType::RouteRefresh, body.size(), notification.data);
  const std::size_t room = kMaxMessage - kHeaderSize - 2 - notification.data.size();
  const net::ByteView shown = body.first(std::min(body.size(), room));
  notification.data.insert(notification.data.end(), shown.begin(), shown.end());
  return notification;
}

}  // namespace

std::expected<std::optional<RouteRefresh>, Notification> decode_route_refresh(
    net::ByteView body, const Negotiated& session) {
  net::ByteReader reader(body);
  const auto afi = static_cast<net::Afi>(reader.u16());
  const std::uint8_t subtype = reader.u8();
  const auto safi = static_cast<net::Safi>(reader.u8());
  if (!reader.ok()) {
    if (session.enhanced_route_refresh) {
      return std::unexpected(invalid_length(body));
    }
    return std::nullopt;
  }
  if (!known(subtype)) {
    return std::nullopt;
  }
  const RouteRefresh refresh{.family = {afi, safi},
                             .subtype = static_cast<RefreshSubtype>(subtype)};
  if (body.size() != kBodySize) {
    // An ORF (RFC 5291) follows a plain request; its octets are never looked at.
    if (session.enhanced_route_refresh && refresh.subtype != RefreshSubtype::Request) {
      return std::unexpected(invalid_length(body));
    }
    return std::nullopt;
  }
  const auto index = net::family_index(refresh.family);
  if (!index || !session.families[*index].active) {
    return std::nullopt;
  }
  // RFC 7313 §5: demarcation means nothing when it was not negotiated.
  if (refresh.subtype != RefreshSubtype::Request && !session.enhanced_route_refresh) {
    return std::nullopt;
  }
  return refresh;
}

void encode_route_refresh(const RouteRefresh& refresh, net::Bytes& out) {
  encode_header(MessageType::RouteRefresh, kBodySize, out);
  net::ByteWriter writer(out);
  writer.u16(static_cast<std::uint16_t>(refresh.family.afi));
  writer.u8(static_cast<std::uint8_t>(refresh.subtype));
  writer.u8(static_cast<std::uint8_t>(refresh.family.safi));
}

}  // namespace pipit::bgp
