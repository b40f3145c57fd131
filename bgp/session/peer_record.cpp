#include "bgp/session/peer_record.hpp"

#include <algorithm>
#include <utility>

namespace pipit::bgp {

namespace {

/// A neighbor that tries again and again lets up to a minute pass between two SYNs.
constexpr std::chrono::seconds kBaselineAge{120};

}  // namespace

void PeerRecord::waiting_began(net::TimePoint now, const SegmentDrops& drops) {
  older_ = newer_ = {now, drops};
  attempt_began_.reset();
  connect_trouble_.reset();
}

void PeerRecord::attempt_began(net::TimePoint now, const SegmentDrops& drops) {
  if (now - newer_.at >= kBaselineAge) {
    older_ = std::exchange(newer_, {now, drops});
  }
  attempt_began_ = now;
}

bool PeerRecord::connect_failed(net::TimePoint now, ConnectTrouble trouble) {
  const bool same = connect_trouble_ && connect_trouble_->what.same_kind(trouble);
  const bool tell = !same || !told_at_ || now - *told_at_ >= kTellAgain;
  if (tell) {
    told_at_ = now;
  }
  const State from = shown_;
  StateChange* last = changes_.empty() ? nullptr : &changes_.back();
  if (same && last != nullptr && last->from == from && last->to == State::Active) {
    last->last = now;
    last->reason = trouble.text;
    ++last->times;
  } else {
    add_change(now, from, State::Active, trouble.text);
  }
  connect_trouble_ = {std::move(trouble), now};
  return tell;
}

void PeerRecord::open_failed(net::TimePoint now, std::string reason) {
  add_change(now, std::max(shown_, State::OpenSent), State::Idle, reason);
  session_error_ = {std::move(reason), now};
  open_has_failed_ = true;
  connect_trouble_.reset();
}

void PeerRecord::session_began(net::TimePoint now) {
  add_change(now, State::OpenConfirm, State::Established, {});
  connect_trouble_.reset();
  attempt_began_.reset();
}

void PeerRecord::session_ended(net::TimePoint now, const std::string& reason) {
  add_change(now, State::Established, State::Idle, reason);
  session_error_ = {reason, now};
  open_has_failed_ = false;
  connect_trouble_.reset();
}

void PeerRecord::shows(State state, net::TimePoint now) {
  if (state != shown_) {
    shown_ = state;
    state_changed_at_ = now;
  }
}

void PeerRecord::update_errors(std::span<const UpdateError> errors,
                               std::span<const net::RouteKey> routes,
                               net::TimePoint now) {
  if (update_errors_ == nullptr) {
    update_errors_ = std::make_unique<UpdateErrorLog>();
  }
  update_errors_->add(errors, routes, now);
}

Unanswered PeerRecord::unanswered(net::TimePoint now,
                                  unsigned syns,
                                  const SegmentDrops& drops) const {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  return {.time = duration_cast<seconds>(waited(now)),
          .syns = syns,
          .dropped = drops - older_.drops,
          .dropped_in = duration_cast<seconds>(now - older_.at)};
}

net::Duration PeerRecord::waited(net::TimePoint now) const {
  return now - attempt_began_.value_or(older_.at);
}

void PeerRecord::add_change(net::TimePoint now, State from, State to, std::string_view reason) {
  const std::string_view kept = reason.substr(0, std::min(reason.size(), kMaxReason));
  if (!changes_.empty()) {
    StateChange& last = changes_.back();
    if (last.from == from && last.to == to && last.reason == kept && to != State::Established) {
      last.last = now;
      ++last.times;
      return;
    }
  }
  if (changes_.size() == kChanges) {
    changes_.pop_front();
  }
  changes_.push_back(
      {.first = now, .last = now, .from = from, .to = to, .reason = std::string(kept), .times = 1});
}

}  // namespace pipit::bgp
