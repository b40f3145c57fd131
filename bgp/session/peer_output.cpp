// What a Peer writes, and its timers that run out.
#include <algorithm>
#include <utility>

#include "bgp/session/peer.hpp"
#include "bgp/session/peer_run.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "net/footprint.hpp"

namespace pipit::bgp {

namespace {

constexpr std::chrono::seconds kUnreadExtension{1};

/// Messages in octets that hold whole ones.
std::uint64_t count_messages(net::ByteView octets) {
  std::uint64_t count = 0;
  for (net::ByteView message = first_message(octets); !message.empty();
       message = first_message(octets)) {
    octets = octets.subspan(message.size());
    ++count;
  }
  return count;
}

}  // namespace

std::uint64_t MessageCounters::total() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : by_type) {
    sum += count;
  }
  return sum;
}

void Peer::send(std::span<const net::Slice> messages) {
  if (!established_ || !at(*established_).is_open) {
    return;
  }
  record_.update_sent(loop_.now());
  const WriteQueue& queue = at(*established_).queue;
  for (const net::Slice& slice : messages) {
    counters_.out.of(MessageType::Update) += count_messages(slice.view());
    counters_.out.octets += slice.length;
    tell_sent(slice.view());
    push(*established_, slice);
  }
  note_end_of_rib(messages);
  congested_ = congested_ || queue.octets() > kHighWater;
  request_write(*established_);
}

/// Observers are told of each message in octets that hold whole ones.
void Peer::tell_sent(net::ByteView messages) {
  if (observers_.empty()) {
    return;
  }
  for (net::ByteView message = first_message(messages); !message.empty();
       message = first_message(messages)) {
    messages = messages.subspan(message.size());
    observers_.each([&](PeerObserver& observer) {
      observer.on_message(*this, Direction::Sent,
                          static_cast<MessageType>(message[kHeaderSize - 1]), message);
    });
  }
}

bool Peer::send_route_refresh(net::Family family, RefreshSubtype subtype) {
  if (!established_ || !at(*established_).is_open) {
    return false;
  }
  const Negotiated& session = at(*established_).negotiated;
  const bool understood =
      subtype == RefreshSubtype::Request ? session.route_refresh : session.enhanced_route_refresh;
  if (understood) {
    net::Bytes message;
    encode_route_refresh({family, subtype}, message);
    enqueue(*established_, MessageType::RouteRefresh, std::move(message));
  }
  return understood;
}

std::size_t Peer::queued_octets() const {
  return established_ ? at(*established_).queue.octets() : 0;
}

std::optional<net::Slice> Peer::take_back() {
  std::optional<net::Slice> taken;
  if (established_) {
    taken = at(*established_).queue.take_back();
  }
  if (taken) {
    counters_.out.of(MessageType::Update) -= count_messages(taken->view());
    counters_.out.octets -= taken->length;
  }
  return taken;
}

void Peer::resume_writing() {
  if (!std::exchange(writing_paused_, false) || !established_) {
    return;
  }
  run([this] {
    if (established_) {
      at(*established_).took_at = loop_.now();
      wrote(*established_, 0);
    }
  });
}

QueuedRoute Peer::queued(const net::RouteKey& key) const {
  return established_ ? find_queued(at(*established_).queue, key) : QueuedRoute::None;
}

std::size_t Peer::memory() const {
  const UpdateErrorLog* errors = record_.update_error_log();
  std::size_t octets = sizeof *this + update_.memory() + (errors == nullptr ? 0 : errors->memory());
  for (const Connection& connection : connections_) {
    octets += connection.frames.held() + net::reserved(connection.parked) +
              net::footprint(connection.queue.slices());
  }
  return octets;
}

std::vector<const net::Bytes*> Peer::queued_buffers() const {
  std::vector<const net::Bytes*> buffers;
  for (const Connection& connection : connections_) {
    for (const net::Slice& slice : connection.queue.slices()) {
      if (buffers.empty() || buffers.back() != slice.buffer.get()) {
        buffers.push_back(slice.buffer.get());
      }
    }
  }
  return buffers;
}

void Peer::send_keepalive(Way way) {
  net::Bytes message;
  encode_keepalive(message);
  enqueue(way, MessageType::Keepalive, std::move(message));
}

void Peer::enqueue(Way way, MessageType type, net::Bytes message) {
  ++counters_.out.of(type);
  counters_.out.octets += message.size();
  tell_sent(message);
  push(way, net::Slice::whole(std::move(message)));
  request_write(way);
}

void Peer::push(Way way, net::Slice slice) {
  Connection& connection = at(way);
  if (connection.queue.empty()) {
    connection.took_at = loop_.now();
  }
  connection.queue.push(std::move(slice));
}

void Peer::request_write(Way way) {
  Connection& connection = at(way);
  if (!connection.write_requested && !connection.queue.empty() && !paused(way)) {
    connection.write_requested = true;
    transport_.request_write(way);
  }
}

void Peer::on_writable(Way way) {
  run([this, way] {
    Connection& connection = at(way);
    connection.write_requested = false;
    if (!connection.is_open || connection.queue.empty() || waits_for_owner(way)) {
      return;
    }
    WriteQueue::Gathered views;
    const auto written = transport_.write(way, connection.queue.gather(views));
    if (!written) {
      note_closed(way, written.error());
      feed(way, {.event = Event::TcpConnectionFails}, {written.error(), {}});
      return;
    }
    wrote(way, *written);
  });
}

/// The neighbor had stopped to read, and its queue is long: the owner may want it shorter.
bool Peer::waits_for_owner(Way way) {
  const Connection& connection = at(way);
  if (established_ == way && congested_ && !writing_paused_ &&
      loop_.now() - *connection.took_at >= kStopped) {
    writing_paused_ = events_.on_reads_again(*this);
  }
  return paused(way);
}

void Peer::wrote(Way way, std::size_t octets) {
  Connection& connection = at(way);
  connection.queue.consume(octets);
  if (octets != 0) {
    connection.took_at = loop_.now();
    connection.fsm.octets_sent(loop_.now());
  }
  request_write(way);
  if (congested_ && established_ == way && connection.queue.octets() < kLowWater) {
    congested_ = false;
    events_.on_send_ready(*this);
  }
}

void Peer::on_deadline() {
  run([this] {
    armed_.reset();
    if (held_until_ && *held_until_ <= loop_.now()) {
      held_by_ = HeldBy::Nothing;
      held_until_.reset();
      held_with_.reset();
      settle(Event::IdleHoldTimerExpires);
    }
    tell_of_wait();
    for (const Way way : kWays) {
      expire(way);
    }
  });
}

void Peer::expire(Way way) {
  Connection& connection = at(way);
  const net::TimePoint now = loop_.now();
  while (const std::optional<Event> event = connection.fsm.expired(now)) {
    const bool unread = connection.is_open && event == Event::HoldTimerExpires &&
                        (parks(way) || !connection.parked.empty() || transport_.has_unread(way));
    if (unread) {  // it is we who are late
      connection.fsm.extend_hold(now, kUnreadExtension);
      continue;
    }
    if (event == Event::ConnectRetryTimerExpires && connection.fsm.state() == State::Connect) {
      note_unanswered();
    }
    feed(way, {.event = *event}, {});
  }
}

}  // namespace pipit::bgp
