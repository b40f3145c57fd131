// An in-memory network for Peers: a virtual clock, connections with random delays, partial writes
// and chunks, that can be cut. One seed is one run.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "bgp/session/peer.hpp"
#include "bgp/wire/message.hpp"

namespace pipit::bgp {

class VirtualLoop final : public net::Loop {
 public:
  net::TimePoint now() const override { return now_; }

  net::WallTime wall_now() const override { return net::WallTime(now_.time_since_epoch()); }

  std::uint64_t random_seed() override { return 1; }

  void after(net::Duration delay, std::function<void()> work) {
    events_.emplace(std::pair(now_ + delay, sequence_++), std::move(work));
  }

  /// The next thing that happens; false when nothing will before `end`, to which time then moves.
  bool step(net::TimePoint end) {
    if (!tasks_.empty()) {
      net::Task* task = tasks_.front();
      tasks_.pop_front();
      run_slice(*task);
      return true;
    }
    if (events_.empty() || events_.begin()->first.first > end) {
      now_ = std::max(now_, end);
      return false;
    }
    auto node = events_.extract(events_.begin());
    now_ = std::max(now_, node.key().first);
    node.mapped()();
    return true;
  }

  void run_for(net::Duration time) {
    const net::TimePoint end = now_ + time;
    while (step(end)) {
    }
  }

 protected:
  void enqueue(net::Task& task) override { tasks_.push_back(&task); }

  void dequeue(net::Task& task) override { std::erase(tasks_, &task); }

 private:
  net::TimePoint now_ = net::TimePoint() + std::chrono::hours(1);
  std::uint64_t sequence_ = 0;
  std::map<std::pair<net::TimePoint, std::uint64_t>, std::function<void()>> events_;
  std::deque<net::Task*> tasks_;
};

/// How the network behaves.
struct Weather {
  std::chrono::microseconds max_delay{20000};
  std::size_t max_chunk = 65536;  // octets handed over at once
  std::size_t window = 65536;     // octets under way at most
};

class MemoryTransport;

/// A TCP connection: side 0 initiated it.
struct Wire {
  struct Side {
    MemoryTransport* owner = nullptr;  // nullptr: closed, or not accepted yet
    Way way = Way::Outgoing;
    bool up = false;  // the application knows of it
    bool reading = true;
    bool pumping = false;
    bool wants_write = false;
    std::deque<std::uint8_t> inbox;
    std::size_t under_way = 0;  // towards this side, the inbox included
    bool finished = false;      // the other side has closed, behind the inbox
    net::TimePoint last;        // arrival of the last segment
  };

  std::array<Side, 2> sides;
  bool cut = false;
};

class MemoryTransport final : public Transport {
 public:
  MemoryTransport(VirtualLoop& loop, std::mt19937_64& random, const Weather& weather)
      : loop_(loop), random_(random), weather_(weather) {}

  void attach(Peer& peer, MemoryTransport* remote) {
    peer_ = &peer;
    remote_ = remote;
  }

  /// Refuses connections from now on, or takes them again.
  void set_reachable(bool reachable) { reachable_ = reachable; }

  /// Breaks all connections without telling the other side for a while.
  void cut_all() {
    for (End& end : ends_) {
      if (end.wire != nullptr) {
        end.wire->cut = true;
      }
    }
  }

  /// Connections that the peer did not admit though who initiated them still wants them. One that
  /// was given up before it was accepted, as collisions end (RFC 4271 §6.8), keeps nobody out.
  std::uint64_t turned_away() const { return turned_away_; }

  void connect(const SessionOptions& /*options*/) override {
    const auto wire = std::make_shared<Wire>();
    wire->sides[0] = {.owner = this, .way = Way::Outgoing};
    at(Way::Outgoing) = {wire, 0};
    loop_.after(delay(), [this, wire] { remote_->knocked(wire); });
  }

  void close(Way way, net::Bytes farewell) override {
    const End end = std::exchange(at(way), {});
    if (end.wire == nullptr) {
      return;
    }
    const net::ByteView octets = farewell;
    transmit(end, octets);
    end.mine().owner = nullptr;
    const auto wire = end.wire;
    const std::size_t there = 1 - end.side;
    arrive(end, [wire, there] {
      wire->sides[there].finished = true;
      pump(wire, there);
    });
  }

  void request_write(Way way) override {
    const End end = at(way);
    if (end.wire != nullptr) {
      end.mine().wants_write = true;
      wake_writer(end.wire, end.side);
    }
  }

  std::expected<std::size_t, std::string> write(Way way,
                                                std::span<const net::ByteView> octets) override {
    const End end = at(way);
    std::size_t taken = 0;
    for (const net::ByteView view : octets) {
      const std::size_t room = weather_.window - std::min(weather_.window, end.other().under_way);
      const std::size_t count = std::min({view.size(), room, chunk()});
      transmit(end, view.first(count));
      taken += count;
      if (count < view.size()) {
        break;
      }
    }
    return taken;
  }

  void set_reading(Way way, bool on) override {
    const End end = at(way);
    if (end.wire != nullptr) {
      end.mine().reading = on;
      pump(end.wire, end.side);
    }
  }

  bool has_unread(Way way) override {
    const End end = at(way);
    return end.wire != nullptr && !end.mine().inbox.empty();
  }

  void arm(net::Deadline deadline) override {
    const std::uint64_t number = ++armed_;
    if (deadline) {
      loop_.after(std::max(*deadline - loop_.now(), net::Duration(0)), [this, number] {
        if (number == armed_) {
          peer_->on_deadline();
        }
      });
    }
  }

 private:
  struct End {
    std::shared_ptr<Wire> wire;
    std::size_t side = 0;

    Wire::Side& mine() const { return wire->sides[side]; }

    Wire::Side& other() const { return wire->sides[1 - side]; }
  };

  End& at(Way way) { return ends_[static_cast<std::size_t>(way)]; }

  net::Duration delay() {
    return std::chrono::microseconds(
        1 + random_() % static_cast<std::uint64_t>(weather_.max_delay.count()));
  }

  std::size_t chunk() { return 1 + random_() % weather_.max_chunk; }

  static ConnectionEnds made_up_ends() { return {}; }

  /// The SYN arrived. The kernel answers at once; the application accepts in its own time.
  void knocked(const std::shared_ptr<Wire>& wire) {
    MemoryTransport& from = *remote_;
    const bool refused = !reachable_;
    loop_.after(delay(), [&from, wire, refused] { from.answered(wire, refused); });
    if (!refused) {
      loop_.after(delay(), [this, wire] { accept(wire); });
    }
  }

  void answered(const std::shared_ptr<Wire>& wire, bool refused) {
    if (wire->sides[0].owner == nullptr) {
      return;  // given up meanwhile
    }
    if (refused) {
      at(Way::Outgoing) = {};
      peer_->on_connect_failed("Connection refused");
    } else {
      wire->sides[0].up = true;
      peer_->on_connected(made_up_ends());
      pump(wire, 0);
    }
  }

  void accept(const std::shared_ptr<Wire>& wire) {
    const auto admitted = peer_->admit_incoming();
    wire->sides[1].owner = this;
    wire->sides[1].way = Way::Incoming;
    wire->sides[1].up = true;
    at(Way::Incoming) = {wire, 1};
    if (!admitted) {
      turned_away_ += wire->sides[0].owner != nullptr ? 1 : 0;
      net::Bytes farewell;
      encode_notification(admitted.error(), farewell);
      close(Way::Incoming, std::move(farewell));
      return;
    }
    peer_->on_accepted(made_up_ends());
    pump(wire, 1);
  }

  /// Has `what` happen at the other end, behind everything that was sent before.
  void arrive(const End& end, std::function<void()> what) {
    net::TimePoint& last = end.other().last;
    last = std::max(last, loop_.now() + delay());
    loop_.after(last - loop_.now(), [wire = end.wire, what = std::move(what)] {
      if (!wire->cut) {
        what();
      }
    });
  }

  void transmit(const End& end, net::ByteView octets) {
    if (octets.empty()) {
      return;
    }
    end.other().under_way += octets.size();
    const auto wire = end.wire;
    const std::size_t there = 1 - end.side;
    arrive(end, [wire, there, copy = net::Bytes(octets.begin(), octets.end())] {
      Wire::Side& side = wire->sides[there];
      side.inbox.insert(side.inbox.end(), copy.begin(), copy.end());
      pump(wire, there);
    });
  }

  static void wake_writer(const std::shared_ptr<Wire>& wire, std::size_t side) {
    Wire::Side& writer = wire->sides[side];
    MemoryTransport* owner = writer.owner;
    if (owner == nullptr || !writer.wants_write ||
        wire->sides[1 - side].under_way >= owner->weather_.window) {
      return;
    }
    writer.wants_write = false;
    owner->loop_.after(net::Duration(0), [wire, side] {
      const Wire::Side& again = wire->sides[side];
      if (again.owner != nullptr) {
        again.owner->peer_->on_writable(again.way);
      }
    });
  }

  /// Hands over what can be read, a chunk at a time.
  static void pump(const std::shared_ptr<Wire>& wire, std::size_t side) {
    Wire::Side& reader = wire->sides[side];
    if (reader.owner == nullptr || !reader.up || reader.pumping || !reader.reading ||
        (reader.inbox.empty() && !reader.finished)) {
      return;
    }
    reader.pumping = true;
    reader.owner->loop_.after(net::Duration(0), [wire, side] {
      wire->sides[side].pumping = false;
      read(wire, side);
    });
  }

  static void read(const std::shared_ptr<Wire>& wire, std::size_t side) {
    Wire::Side& reader = wire->sides[side];
    MemoryTransport* owner = reader.owner;
    if (owner == nullptr || !reader.reading) {
      return;
    }
    if (reader.inbox.empty()) {
      if (reader.finished) {
        owner->peer_->on_closed(reader.way, "connection closed by the neighbor");
      }
      return;
    }
    const auto count = static_cast<std::ptrdiff_t>(std::min(reader.inbox.size(), owner->chunk()));
    const net::Bytes octets(reader.inbox.begin(), reader.inbox.begin() + count);
    reader.inbox.erase(reader.inbox.begin(), reader.inbox.begin() + count);
    reader.under_way -= octets.size();
    wake_writer(wire, 1 - side);
    owner->peer_->on_octets(reader.way, octets);
    pump(wire, side);
  }

  VirtualLoop& loop_;
  std::mt19937_64& random_;
  Weather weather_;
  Peer* peer_ = nullptr;
  MemoryTransport* remote_ = nullptr;
  std::array<End, 2> ends_;
  bool reachable_ = true;
  std::uint64_t armed_ = 0;
  std::uint64_t turned_away_ = 0;
};

}  // namespace pipit::bgp
