// Connections of a Peer that come up, collide and go, and the OPENs on them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bgp/session/peer.hpp"
#include "bgp/session/peer_run.hpp"

namespace pipit::bgp {

namespace {

Open make_open(const SessionOptions& options) {
  Open open;
  open.my_as = options.local_asn;
  open.hold_time =
      static_cast<std::uint16_t>(std::clamp<std::int64_t>(options.timers.hold.count(), 0, 65535));
  open.id = options.router_id;
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    if (options.families[i]) {
      open.capabilities.push_back(multiprotocol(net::kFamilies[i]));
    }
  }
  open.capabilities.push_back(plain(CapabilityCode::RouteRefresh));
  open.capabilities.push_back(plain(CapabilityCode::ExtendedMessage));
  open.capabilities.push_back(four_octet_as(options.local_asn));
  open.capabilities.push_back(plain(CapabilityCode::EnhancedRouteRefresh));
  if (!options.hostname.empty()) {
    open.capabilities.push_back(fqdn(options.hostname));
  }
  return open;
}

OpenExpectations expectations(const SessionOptions& options) {
  OpenExpectations expected{options.local_asn, options.router_id, std::nullopt};
  switch (options.expected_asn.kind) {
    case ExpectedAsn::Kind::Number:
      expected.peer_asn = options.expected_asn.number;
      break;
    case ExpectedAsn::Kind::Internal:
      expected.peer_asn = options.local_asn;
      break;
    case ExpectedAsn::Kind::External:
      break;
  }
  return expected;
}

}  // namespace

std::expected<void, Notification> Peer::admit_incoming() {
  const auto refuse = [this](CeaseSubcode subcode) {
    ++counters_.connections_refused;
    return std::unexpected(cease(subcode));
  };
  if (established_) {
    return refuse(CeaseSubcode::ConnectionCollisionResolution);
  }
  const State state = at(Way::Incoming).fsm.state();
  if (state == State::Idle) {
    return refuse(CeaseSubcode::ConnectionRejected);
  }
  if (state != State::Active) {
    // The neighbor initiates one connection at a time: it has given up the one before.
    run([this] {
      feed(Way::Incoming, {.event = Event::OpenCollisionDump}, {"replaced by a newer one", {}});
      feed(Way::Incoming, {.event = Event::AutomaticStart}, {});
    });
  }
  return {};
}

void Peer::on_low_ttl(std::optional<std::uint8_t> ttl, std::uint8_t least) {
  ++counters_.connections_refused;
  ++counters_.low_ttl;
  const std::string what = ttl ? fmt::format("came with TTL {}", *ttl) : "was not kept";
  if (established_) {
    return;  // whoever sent it, the neighbor is here
  }
  note_trouble({.cause = ConnectCause::NoAnswer,  // of the same kind, whatever the TTL was
                .suspicion = Suspicion::LowTtl,
                .text = fmt::format("its connection was refused: the SYN {}, ttl-security asks for "
                                    "{} at least",
                                    what, least)});
}

void Peer::on_accepted(const ConnectionEnds& ends) {
  run([this, &ends] {
    at(Way::Incoming).opened(ends);
    record_.connected();
    feed(Way::Incoming, {.event = Event::TcpConnectionConfirmed}, {});
  });
}

void Peer::on_connected(const ConnectionEnds& ends) {
  run([this, &ends] {
    at(Way::Outgoing).opened(ends);
    record_.connected();
    feed(Way::Outgoing, {.event = Event::TcpCrAcked}, {});
  });
}

void Peer::on_connect_failed(ConnectTrouble trouble) {
  run([this, trouble = std::move(trouble)] {
    note_trouble(trouble);
    feed(Way::Outgoing, {.event = Event::TcpConnectionFails}, {trouble.text, {}});
  });
}

void Peer::on_closed(Way way, std::string_view reason) {
  run([this, way, reason] {
    note_closed(way, reason);
    feed(way, {.event = Event::TcpConnectionFails}, {std::string(reason), {}});
  });
}

void Peer::send_open(Way way) {
  at(way).sent = make_open(options_);
  net::Bytes message;
  encode_open(at(way).sent, message);
  enqueue(way, MessageType::Open, std::move(message));
}

void Peer::on_open(Way way, net::ByteView body) {
  Connection& connection = at(way);
  if (connection.fsm.state() != State::OpenSent) {
    feed(way, {.event = Event::BgpOpen}, {});
    return;
  }
  std::expected<Open, Notification> open = decode_open(body);
  if (!open) {
    feed(way, {.event = Event::BgpOpenMsgErr, .notification = std::move(open.error())}, {});
    return;
  }
  const OpenExpectations expected = expectations(options_);
  std::optional<Notification> error = check_open(*open, expected);
  if (!error) {
    error = check_families(connection.sent, *open);
  }
  connection.received = std::move(*open);
  if (!error) {
    decide_collision(way);
    return;
  }
  std::string reason =
      fmt::format("sent NOTIFICATION {}: {}", name_of(*error),
                  explain_refusal(*error, connection.sent, *connection.received, expected));
  feed(way, {.event = Event::BgpOpenMsgErr, .notification = std::move(*error)},
       {std::move(reason), {}});
}

void Peer::decide_collision(Way way) {
  Connection& connection = at(way);
  const SpeakerIdentity local{connection.sent.id, connection.sent.my_as};
  const SpeakerIdentity peer{connection.received->id, connection.received->my_as};
  const State other_state = at(other(way)).fsm.state();
  connection.wait_until.reset();
  switch (resolve_collision(local, peer, way, other_state)) {
    case CollisionVerdict::NoCollision:
      answer_open(way);
      break;
    case CollisionVerdict::CloseOther:
      counters_.collisions += other_state >= State::OpenSent ? 1 : 0;
      feed(other(way), {.event = Event::OpenCollisionDump}, {});
      answer_open(way);
      break;
    case CollisionVerdict::CloseThis:
      ++counters_.collisions;
      feed(way, {.event = Event::OpenCollisionDump}, {});
      break;
    case CollisionVerdict::Wait:
      connection.wait_until = loop_.now() + kCollisionWait;
      set_reading(way);
      break;
  }
}

void Peer::answer_open(Way way) {
  Connection& connection = at(way);
  connection.negotiated =
      negotiate(connection.sent, *connection.received, options_.timers.keepalive);
  Negotiated& session = connection.negotiated;
  session.local_address = connection.ends.local;
  session.peer_address = connection.ends.remote;
  session.interface_index = connection.ends.interface_index;
  connection.frames.set_max_message(session.max_message());
  feed(way,
       {.event = Event::BgpOpen,
        .hold_time = session.hold_time,
        .keepalive_time = session.keepalive_time},
       {});
}

/// An OPEN that waited is answered once the other connection is decided, or has said nothing for
/// too long.
void Peer::decide_waiting() {
  for (const Way way : kWays) {
    const net::Deadline until = at(way).wait_until;
    if (!until) {
      continue;
    }
    if (*until <= loop_.now()) {
      at(way).wait_until.reset();
      answer_open(way);
    } else if (at(other(way)).fsm.state() != State::OpenSent) {
      decide_collision(way);
    }
    if (!at(way).wait_until && at(way).is_open) {
      replay(way);
    }
  }
}

}  // namespace pipit::bgp
