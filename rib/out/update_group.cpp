#include "rib/out/update_group.hpp"

#include <algorithm>
#include <utility>

#include "bgp/wire/update.hpp"
#include "net/log.hpp"

namespace pipit::rib {
namespace {

/// Destinations between two looks at the clock.
constexpr std::uint32_t kStepsPerLook = 256;  // at the clock: a step is a destination

/// Any peer can make routes too large: their log lines are bounded.
constexpr net::Duration kWarnEvery = std::chrono::minutes(1);

}  // namespace

UpdateGroup::UpdateGroup(GroupKey key, const ExportContext& context)
    : context_(context),
      exporter_(std::make_shared<Exporter>(
          std::move(key), context.store, context.sources, context.next_hops)),
      out_(context.store),
      cursor_(context.routes.journal().add_cursor(context.routes.journal().end())),
      built_(context.routes.capacity() == 0),
      sent_(context.loop.now()) {}

UpdateGroup::~UpdateGroup() {
  context_.loop.cancel(*this);
  followers_.clear();
  context_.routes.journal().remove_cursor(cursor_);
}

bool UpdateGroup::run() {
  if (!stream_.congested()) {
    net::SliceBudget budget(context_.loop, context_.limits.slice, kStepsPerLook);
    advance_stream(budget);
  }
  slow_events_ += stalled() && !was_stalled_ ? 1 : 0;
  was_stalled_ = stalled();
  take_over_incoming();
  admit_joiners();
  start_refreshes();
  net::SliceBudget budget(context_.loop, context_.limits.slice, kStepsPerLook);
  advance_followers(budget);
  return has_work();
}

void UpdateGroup::advance_stream(net::SliceBudget& budget) {
  Journal& journal = context_.routes.journal();
  exporter_->begin_batch();
  context_.scratch.blocks.clear();
  compared_before_ = {};
  context_.packer.begin(stream_);
  sent_.begin(context_.loop.now());
  // What the batch withdraws keeps its id until it is encoded.
  const CursorId pin = journal.add_cursor(position());
  choose(budget);
  context_.packer.finish(context_.routes, *exporter_, context_.scratch, refused_, encoded_);
  refuse(nullptr);
  exporter_->end_batch();
  out_.settle();
  journal.remove_cursor(pin);
  settle_stream();
}

void UpdateGroup::choose(net::SliceBudget& budget) {
  Journal& journal = context_.routes.journal();
  for (std::uint32_t count = 1; count <= context_.limits.batch; ++count) {
    if (const auto destination = journal.next(cursor_)) {
      consider(*destination);
    } else if (built_) {
      return;
    } else if (walk_ < context_.routes.capacity()) {
      consider(DestinationId{walk_++});
    } else {
      built_ = true;
      return;
    }
    if (budget.spent_after_step()) {
      return;
    }
  }
}

void UpdateGroup::consider(DestinationId destination) {
  const StoredRoute before = out_.at(destination);
  const auto [now, block] = exporter_->evaluate(context_.routes, destination, context_.scratch);
  const bool adopts = exporter_->by_prefix();
  if (now == before) {
    if (adopts) {
      context_.store.release(now.handle);
    }
    return;
  }
  const bool nothing_to_send = before && now && silent(before, now, block);
  out_.set(destination, now, adopts ? AdjRibOut::Reference::Adopt : AdjRibOut::Reference::Take);
  if (nothing_to_send) {
    return;
  }
  sent_.note(destination);
  for (const auto& follower : followers_) {
    follower->pending.changed(static_cast<std::uint32_t>(destination), before, now);
  }
  if (stream_.empty()) {
    return;
  }
  const Held held{static_cast<bool>(before), before && before.source != now.source, before.source};
  if (now) {
    context_.packer.announce(destination, now, held, block);
  } else {
    context_.packer.withdraw(destination, held);
  }
}

bool UpdateGroup::concerns_members(SourceId source) const {
  return source < has_member_.size() && has_member_[source] != 0;
}

bool UpdateGroup::silent(const StoredRoute& before,
                         const StoredRoute& now,
                         OutgoingBlocks::Number block) {
  if (before.source != now.source &&
      (concerns_members(before.source) || concerns_members(now.source))) {
    return false;  // one of them may not have it, the other may not keep it
  }
  if (exporter_->by_prefix()) {
    return before.handle == now.handle;
  }
  if (before != compared_before_ || now != compared_now_) {
    compared_before_ = before;
    compared_now_ = now;
    compared_equal_ =
        same_outgoing({*exporter_, before}, {*exporter_, now, block}, context_.scratch);
  }
  return compared_equal_;
}

void UpdateGroup::refuse(const Follower* by) {
  if (refused_.empty()) {
    return;
  }
  for (const DestinationId destination : refused_) {
    const StoredRoute before = out_.at(destination);
    out_.set(destination, {});
    for (const auto& follower : followers_) {
      if (follower.get() != by) {
        follower->pending.changed(static_cast<std::uint32_t>(destination), before, {});
      }
    }
  }
  too_large_ += refused_.size();
  const net::TimePoint now = context_.loop.now();
  if (!warned_ || now - *warned_ >= kWarnEvery) {
    warned_ = now;
    warn_refused();
  }
  refused_.clear();
}

void UpdateGroup::warn_refused() const {
  net::log(
      net::LogPart::Rib, net::LogLevel::Warning,
      "group {}: {} routes are not advertised now, {} among them: their attributes do not fit a "
      "message of {} octets",
      describe(key()), refused_.size(), context_.routes.key(refused_.front()).to_string(),
      key().max_message);
}

void UpdateGroup::send_end_of_rib(Membership& member) {
  net::Bytes octets;
  bgp::encode_end_of_rib(key().family, octets);
  const net::Slice slice = net::Slice::whole(std::move(octets));
  member.output->send({&slice, 1});
  member.end_of_rib_owed = false;
}

void UpdateGroup::settle_stream() {
  if (built_ && end_of_rib_owed_ != 0) {
    for (Membership* member : stream_.members) {
      if (member->end_of_rib_owed) {
        send_end_of_rib(*member);
      }
    }
    end_of_rib_owed_ = 0;
  }
  evict_slow();
}

bool UpdateGroup::has_work() const {
  if (!stream_.congested() && (!built_ || lag() != 0)) {
    return true;
  }
  if (!joining_.empty()) {
    return true;
  }
  return std::ranges::any_of(followers_,
                             [](const auto& follower) { return !follower->audience.congested(); });
}

std::size_t UpdateGroup::memory() const {
  std::size_t octets = sizeof *this + sizeof(Exporter) + out_.memory() + sent_.memory();
  for (const auto& follower : followers_) {
    octets += sizeof(Follower) + follower->pending.memory() +
              (follower->base ? follower->base->memory() : 0);
  }
  return octets;
}

bool UpdateGroup::told(const Membership& member, DestinationId destination) const {
  if (member.audience == &stream_) {
    return true;
  }
  const Follower* const follower = follower_of(member.audience);
  return follower != nullptr && !follower->pending.has(static_cast<std::uint32_t>(destination));
}

}  // namespace pipit::rib
