// What the fuzz targets share: a session made of one octet, and a look at all that was decoded.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/open.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "bgp/wire/update.hpp"

namespace pipit::bgp::fuzz {

/// Stops the fuzzer where a promise of the codec does not hold.
inline void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// Everything that changes how octets are read. The context is the last octet of an input, which is
/// also part of the message: recorded messages can so be inputs as they are.
inline Negotiated session_of(net::ByteView input) {
  const unsigned bits = input.empty() ? 0U : input.back();
  Negotiated session;
  session.local_asn = 64500;
  session.peer_asn = (bits & 1) != 0 ? 64500 : 64501;
  session.four_octet_as = (bits & 2) != 0;
  session.extended_message = (bits & 4) != 0;
  session.enhanced_route_refresh = (bits & 8) != 0;
  for (NegotiatedFamily& family : session.families) {
    family.active = true;
    family.add_path_receive = (bits & 16) != 0;
  }
  session.families[1].active = (bits & 32) == 0;
  return session;
}

inline void check(const Notification& notification) {
  require(notification.data.size() <= kMaxMessage - kHeaderSize - 2);
  require(!describe(notification).empty());
}

inline void decode_update_body(net::ByteView body, const Negotiated& session) {
  UpdateMessage message;
  if (const auto result = decode_update(body, session, message); !result) {
    check(result.error());
    return;
  }
  require(message.errors.size() <= kMaxUpdateErrors);
  const EncodeOptions options{.four_octet_as = session.four_octet_as,
                              .internal = session.internal(),
                              .add_path = session.families[0].add_path_receive,
                              .max_message = kMaxExtendedMessage};
  for (const Reachable& reachable : message.reachable) {
    require(reachable.nlri.size() <= body.size());
    AttributesView view = message.attributes.view();
    view.next_hop = reachable.next_hop;
    view.link_local_next_hop = reachable.link_local_next_hop;
    net::Bytes out;
    if (!encode_announcements(view, reachable.family, reachable.nlri, options, out)) {
      continue;
    }
    // What was accepted once is accepted again, and means the same.
    UpdateMessage again;
    FrameBuffer buffer;
    buffer.set_max_message(kMaxExtendedMessage);
    const auto compare = [&](const Frame& frame) {
      require(decode_update(frame.body, session, again).has_value());
      require(again.attributes == message.attributes);
      return true;
    };
    require(buffer.feed(out, compare).has_value());
  }
  const std::string path = AsPathView(message.attributes.as_path).to_string();
  require(parse_as_path(path).has_value());
  for (const std::uint64_t value : extended_communities(message.attributes.extended_communities)) {
    require(parse_extended_community(extended_community_to_string(value)) == value);
  }
}

inline void decode_open_body(net::ByteView body) {
  const auto open = decode_open(body);
  if (!open) {
    check(open.error());
    return;
  }
  check_open(*open, {.local_asn = 64500, .local_id = 1, .peer_asn = {}});
  negotiate(*open, *open, std::chrono::seconds(30));
  for (const Capability& capability : open->capabilities) {
    require(!to_string(capability).empty());
  }
}

inline void decode_frame(const Frame& frame, const Negotiated& session) {
  switch (frame.type) {
    case MessageType::Open:
      decode_open_body(frame.body);
      break;
    case MessageType::Update:
      decode_update_body(frame.body, session);
      break;
    case MessageType::Notification:
      require(!describe(decode_notification(frame.body)).empty());
      break;
    case MessageType::RouteRefresh:
      if (const auto refresh = decode_route_refresh(frame.body, session); !refresh) {
        check(refresh.error());
      }
      break;
    case MessageType::Keepalive:
      break;
  }
}

}  // namespace pipit::bgp::fuzz
