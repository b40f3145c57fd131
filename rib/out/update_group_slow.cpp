// Members of an update group that read slowly, or not at all for a while.
#include <algorithm>
#include <utility>

#include "rib/out/update_group.hpp"

namespace pipit::rib {

void UpdateGroup::evict_slow() {
  if (stream_.members.size() < 2 || stream_.congested()) {
    return;
  }
  for (std::size_t i = 0; i < stream_.members.size();) {
    Membership& member = *stream_.members[i];
    if (!member.output->congested() ||
        member.output->queued_octets() < context_.limits.slow_queue) {
      ++i;
      continue;
    }
    set_apart(member);
  }
}

/// Sets apart as many as there is time for, at least one: each gets a copy of what is pending.
void UpdateGroup::split_slow(Follower& follower, const net::SliceBudget& budget) {
  if (follower.audience.members.size() < 2 || follower.audience.congested()) {
    return;
  }
  bool first = true;
  for (std::size_t i = 0; i < follower.audience.members.size();) {
    Membership& member = *follower.audience.members[i];
    if (!member.output->congested() ||
        member.output->queued_octets() < context_.limits.slow_queue) {
      ++i;
      continue;
    }
    if (!std::exchange(first, false) && budget.spent()) {
      return;  // the next slice goes on
    }
    set_apart(member);
  }
}

Follower& UpdateGroup::set_apart(Membership& member) {
  Follower* const shared = follower_of(member.audience);
  if (shared != nullptr && shared->audience.members.size() == 1) {
    return *shared;
  }
  slow_events_ += member.slow ? 0 : 1;
  member.slow = true;
  if (shared == nullptr) {
    end_of_rib_owed_ -= member.end_of_rib_owed ? 1 : 0;
    stream_.remove(member);
    member.times.leave(context_.loop.now(), StreamTimes::Lack::Changes);
    Follower& own = new_follower(position());
    own.audience.add(member);
    return own;
  }
  Follower& own = new_follower(context_.routes.journal().position(shared->pin));
  own.pending = shared->pending;
  own.position = shared->position;
  if (shared->base) {
    own.base = std::make_unique<AdjRibOut>(*shared->base);
    own.base_exporter = shared->base_exporter;
  }
  shared->audience.remove(member);
  own.audience.add(member);
  return own;
}

void UpdateGroup::take_back(Membership& member, const bgp::NlriView& nlri, bgp::NlriList& gone) {
  if (member.audience == nullptr) {
    return;  // it gets the whole table yet
  }
  Follower& follower = set_apart(member);
  member.times.lack = StreamTimes::Lack::Recalled;
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    const DestinationId destination = context_.routes.find(nlri.key(key().family, i));
    const auto number = static_cast<std::uint32_t>(destination);
    if (!out_.has(number)) {  // its row may be free before the follower comes to it
      gone.push_back(nlri, i);
      continue;
    }
    follower.pending.add(number, true);
    follower.pending.hold(number);
    if (follower.base) {  // what was sent before is nothing to compare with any more
      follower.base->set(destination, {});
    }
  }
  if (follower.base) {
    follower.base->settle();
  }
}

std::size_t UpdateGroup::slow() const {
  std::size_t count = 0;
  for (const auto& follower : followers_) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        follower->audience.members, [](const Membership* member) { return member->slow; }));
  }
  return count;
}

void UpdateGroup::find_hindering(Sequence& oldest, std::vector<MemberOutput*>& who) const {
  const Journal& journal = context_.routes.journal();
  const auto look = [&](const Audience& audience, Sequence position) {
    if (!audience.congested() || position > oldest) {
      return;
    }
    if (position < oldest) {
      who.clear();
    }
    oldest = position;
    for (const Membership* const member : audience.members) {
      who.push_back(member->output);
    }
  };
  look(stream_, journal.position(cursor_));
  for (const auto& follower : followers_) {
    look(follower->audience, journal.position(follower->pin));
  }
}

}  // namespace pipit::rib
