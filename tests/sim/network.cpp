#include "tests/sim/network.hpp"

#include <algorithm>
#include <deque>

namespace pipit::sim {

/// One TCP connection. Side `opener` connected; for it the way is Outgoing, for the other Incoming.
struct Pipe : std::enable_shared_from_this<Pipe> {
  struct End {
    std::deque<net::Bytes> inbox;  // arrived, not read
    bool reading = true;
    bool closed = false;       // by this side: it hears nothing more
    bool peer_closed = false;  // the other side's end of stream has arrived
    bool told = false;
    bool writable_asked = false;
    bool waits_for_room = false;  // to be told that it can write
    std::size_t unread = 0;       // octets that it wrote and the other side has not taken
    MessageTap tap;               // of what it writes
  };

  Pipe(SimLink& on_link, std::size_t from) : link(on_link), opener(from) {}

  bgp::Way way(std::size_t side) const {
    return side == opener ? bgp::Way::Outgoing : bgp::Way::Incoming;
  }

  bool attached(std::size_t side) const {
    SimTransport& transport = link.sides_[side];
    return transport.peer_ != nullptr && transport.pipe(way(side)).get() == this &&
           !ends[side].closed;
  }

  /// Octets of `side` on their way to the other side; empty: end of stream.
  void carry(std::size_t side, net::Bytes octets) {
    if (link.trace != nullptr) {
      ends[side].tap.take(link.names[side], link.names[1 - side], octets, *link.trace);
    }
    link.loop_.after(link.delay_, [self = shared_from_this(), to = 1 - side,
                                   octets = std::move(octets)]() mutable {
      if (!self->link.up_ || self->broken) {
        return;
      }
      if (octets.empty()) {
        self->ends[to].peer_closed = true;
      } else {
        self->ends[to].inbox.push_back(std::move(octets));
      }
      self->deliver(to);
    });
  }

  void deliver(std::size_t side) {
    End& end = ends[side];
    while (attached(side) && end.reading && !link.stopped(side) && !end.inbox.empty()) {
      const net::Bytes octets = std::move(end.inbox.front());
      end.inbox.pop_front();
      taken(1 - side, octets.size());
      link.sides_[side].peer_->on_octets(way(side), octets);
    }
    if (attached(side) && end.reading && !link.stopped(side) && end.inbox.empty() &&
        end.peer_closed && !end.told) {
      end.told = true;
      link.note(side, "sees the end of stream of");
      link.sides_[side].peer_->on_closed(way(side), "connection closed by the neighbor");
    }
  }

  std::size_t room(std::size_t side) const {
    return link.window - std::min(link.window, ends[side].unread);
  }

  /// The other side has taken octets that `side` wrote.
  void taken(std::size_t side, std::size_t octets) {
    ends[side].unread -= octets;
    if (room(side) != 0 && std::exchange(ends[side].waits_for_room, false)) {
      tell_writable(side);
    }
  }

  void tell_writable(std::size_t side) {
    link.loop_.after(net::Duration::zero(), [self = shared_from_this(), side] {
      self->ends[side].writable_asked = false;
      if (self->attached(side)) {
        self->link.sides_[side].peer_->on_writable(self->way(side));
      }
    });
  }

  SimLink& link;
  std::size_t opener;
  bool broken = false;
  std::array<End, 2> ends;
};

void SimTransport::detach() {
  peer_ = nullptr;
  ++attempt_;
  ++alarm_;
  for (std::shared_ptr<Pipe>& pipe : pipes_) {
    if (pipe) {
      link_.reset(std::exchange(pipe, nullptr));
    }
  }
}

void SimTransport::connect(const bgp::SessionOptions&) {
  const std::uint64_t attempt = ++attempt_;
  link_.note(side_, "connects to");
  if (link_.up_) {
    link_.loop_.after(link_.delay_, [this, attempt] { link_.arrive(side_, attempt); });
  } else {
    link_.loop_.after(std::chrono::seconds(3), [this, attempt] { link_.refuse(side_, attempt); });
  }
}

void SimTransport::close(bgp::Way way, net::Bytes farewell) {
  if (way == bgp::Way::Outgoing) {
    ++attempt_;
  }
  if (const std::shared_ptr<Pipe> pipe = std::exchange(this->pipe(way), nullptr)) {
    link_.note(side_, "closes the connection to");
    pipe->ends[side_].closed = true;
    if (!farewell.empty()) {
      pipe->ends[side_].unread += farewell.size();
      pipe->carry(side_, std::move(farewell));
    }
    pipe->carry(side_, {});
  }
}

void SimTransport::request_write(bgp::Way way) {
  const std::shared_ptr<Pipe> pipe = this->pipe(way);
  if (!pipe || std::exchange(pipe->ends[side_].writable_asked, true)) {
    return;
  }
  if (pipe->room(side_) == 0) {
    pipe->ends[side_].waits_for_room = true;
  } else {
    pipe->tell_writable(side_);
  }
}

std::expected<std::size_t, std::string> SimTransport::write(bgp::Way way,
                                                            std::span<const net::ByteView> octets) {
  const std::shared_ptr<Pipe>& pipe = this->pipe(way);
  if (!pipe) {
    return std::unexpected("not connected");
  }
  // A socket takes what it has room for, and the other side reads what has arrived: both at random.
  std::size_t room = std::min(pipe->room(side_),
                              std::uniform_int_distribution<std::size_t>(1, 6000)(link_.random_));
  net::Bytes taken;
  for (const net::ByteView view : octets) {
    const std::size_t count = std::min(room, view.size());
    taken.insert(taken.end(), view.begin(), view.begin() + static_cast<std::ptrdiff_t>(count));
    room -= count;
  }
  const std::size_t count = taken.size();
  pipe->ends[side_].unread += count;
  if (count > 0) {
    const std::size_t cut = std::uniform_int_distribution<std::size_t>(1, count)(link_.random_);
    const auto middle = taken.begin() + static_cast<std::ptrdiff_t>(cut);
    pipe->carry(side_, net::Bytes(taken.begin(), middle));
    if (middle != taken.end()) {
      pipe->carry(side_, net::Bytes(middle, taken.end()));
    }
  }
  return count;
}

void SimTransport::set_reading(bgp::Way way, bool on) {
  const std::shared_ptr<Pipe> pipe = this->pipe(way);
  if (!pipe) {
    return;
  }
  pipe->ends[side_].reading = on;
  if (on) {
    link_.loop_.after(net::Duration::zero(), [pipe, side = side_] { pipe->deliver(side); });
  }
}

bool SimTransport::has_unread(bgp::Way way) {
  const std::shared_ptr<Pipe>& pipe = this->pipe(way);
  return pipe && !pipe->ends[side_].inbox.empty();
}

void SimTransport::arm(net::Deadline deadline) {
  const std::uint64_t alarm = ++alarm_;
  if (deadline) {
    link_.note(side_, "arms its timer for {} us, of",
               (*deadline - link_.loop_.now()) / std::chrono::microseconds(1));
    link_.loop_.at(*deadline, [this, alarm] {
      if (alarm == alarm_ && peer_ != nullptr) {
        link_.note(side_, "timer of");
        peer_->on_deadline();
      }
    });
  }
}

void SimLink::cut(bool silent) {
  up_ = false;
  note(0, "is cut{} from", silent ? " silently" : "");
  for (const std::weak_ptr<Pipe>& weak : pipes_) {
    const std::shared_ptr<Pipe> pipe = weak.lock();
    if (pipe && !silent) {
      reset(pipe);
    } else if (pipe) {
      pipe->broken = true;
    }
  }
  pipes_.clear();
}

bool SimLink::stopped(std::size_t side) const {
  return loop_.now() < reads_from_[side];
}

void SimLink::stop_reading(std::size_t side, net::Duration time) {
  reads_from_[side] = std::max(reads_from_[side], loop_.now() + time);
  loop_.at(reads_from_[side], [this, side] {
    for (const std::shared_ptr<Pipe>& pipe : std::array(sides_[side].pipes_)) {
      if (pipe) {
        pipe->deliver(side);
      }
    }
  });
}

void SimLink::arrive(std::size_t from, std::uint64_t attempt) {
  SimTransport& opener = sides_[from];
  SimTransport& target = sides_[1 - from];
  if (opener.peer_ == nullptr || opener.attempt_ != attempt) {
    return;
  }
  const auto admitted = up_ && target.peer_ != nullptr ? target.peer_->admit_incoming()
                                                       : std::unexpected(bgp::Notification{});
  if (!admitted) {
    loop_.after(delay_, [this, from, attempt] { refuse(from, attempt); });
    return;
  }
  const auto pipe = std::make_shared<Pipe>(*this, from);
  std::erase_if(pipes_, [](const std::weak_ptr<Pipe>& old) { return old.expired(); });
  pipes_.push_back(pipe);
  opener.pipe(bgp::Way::Outgoing) = pipe;
  target.pipe(bgp::Way::Incoming) = pipe;
  target.peer_->on_accepted({.local = addresses[1 - from],
                             .remote = addresses[from],
                             .local_port = 179,
                             .remote_port = 40000});
  loop_.after(delay_, [this, from, attempt, pipe] {
    SimTransport& side = sides_[from];
    if (side.attempt_ == attempt && pipe->attached(from)) {
      side.peer_->on_connected({.local = addresses[from],
                                .remote = addresses[1 - from],
                                .local_port = 40000,
                                .remote_port = 179});
    }
  });
}

void SimLink::refuse(std::size_t from, std::uint64_t attempt) {
  SimTransport& side = sides_[from];
  if (side.peer_ != nullptr && side.attempt_ == attempt) {
    note(from, "is refused by");
    side.peer_->on_connect_failed("connection refused");
  }
}

void SimLink::reset(const std::shared_ptr<Pipe>& pipe) {
  if (std::exchange(pipe->broken, true)) {
    return;
  }
  for (std::size_t side = 0; side < 2; ++side) {
    loop_.after(delay_, [pipe, side] {
      if (pipe->attached(side) && !std::exchange(pipe->ends[side].told, true)) {
        pipe->link.note(side, "sees a reset of");
        pipe->link.sides_[side].peer_->on_closed(pipe->way(side), "connection reset");
      }
    });
  }
}

}  // namespace pipit::sim
