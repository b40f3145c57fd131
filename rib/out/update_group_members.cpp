// Followers of an update group, and how members get into the group.
#include <algorithm>
#include <utility>

#include "bgp/wire/route_refresh.hpp"
#include "rib/out/update_group.hpp"

namespace pipit::rib {
namespace {

/// Words of 64 destinations that hold all of them.
std::uint32_t words_of(const AdjRibOut& routes) {
  return (routes.size() + 63) / 64;
}

void send_refresh(Membership& member, net::Family family, bgp::RefreshSubtype subtype) {
  net::Bytes octets;
  bgp::encode_route_refresh({family, subtype}, octets);
  const net::Slice slice = net::Slice::whole(std::move(octets));
  member.output->send({&slice, 1});
}

}  // namespace

void UpdateGroup::join(Membership& member) {
  member.group = this;
  member.end_of_rib_owed = true;
  ++members_;
  if (member.source >= has_member_.size()) {
    has_member_.resize(std::size_t{member.source} + 1, 0);
  }
  has_member_[member.source] = 1;
  const net::TimePoint now = context_.loop.now();
  member.times = {.joined = now, .left = now, .back = {}};
  if (out_.count() == 0) {
    stream_.add(member);  // has everything there is
    member.times.back = now;
    ++end_of_rib_owed_;
  } else {
    joining_.push_back(&member);
  }
  context_.loop.schedule(*this);
}

void UpdateGroup::leave(Membership& member) {
  if (member.audience == nullptr) {
    std::erase(joining_, &member);
  } else if (member.audience == &stream_) {
    end_of_rib_owed_ -= member.end_of_rib_owed ? 1 : 0;
    stream_.remove(member);
  } else if (Follower* const follower = follower_of(member.audience)) {
    follower->audience.remove(member);
    if (follower->audience.empty()) {
      remove_follower(*follower);
    }
  }
  std::erase(refreshing_, &member);
  has_member_[member.source] = 0;
  member.group = nullptr;
  --members_;
  context_.loop.schedule(*this);  // it may have been the one that the others waited for
  if (unused()) {
    context_.loop.schedule(context_.reaper);
  }
}

void UpdateGroup::expect(Membership& member) {
  member.next_group = this;
  incoming_.push_back(&member);
  context_.loop.schedule(*this);
}

void UpdateGroup::forget(Membership& member) {
  std::erase(incoming_, &member);
  member.next_group = nullptr;
  if (unused()) {
    context_.loop.schedule(context_.reaper);
  }
}

void UpdateGroup::refresh(Membership& member, bool demarcate) {
  member.demarcate = member.demarcate || demarcate;
  if (!std::exchange(member.refresh_wanted, true) && member.audience == &stream_) {
    refreshing_.push_back(&member);
    context_.loop.schedule(*this);
  }
}

Follower& UpdateGroup::new_follower(Sequence pin) {
  followers_.push_back(std::make_unique<Follower>(context_.routes.journal(), pin));
  return *followers_.back();
}

Follower* UpdateGroup::follower_of(const Audience* audience) const {
  for (const auto& follower : followers_) {
    if (&follower->audience == audience) {
      return follower.get();
    }
  }
  return nullptr;
}

void UpdateGroup::remove_follower(const Follower& follower) {
  std::erase_if(followers_, [&](const auto& one) { return one.get() == &follower; });
}

void UpdateGroup::admit_joiners() {
  if (joining_.empty()) {
    return;
  }
  Follower& follower = new_follower(position());
  for (std::uint32_t word = 0; word < words_of(out_); ++word) {
    follower.pending.add_word(word, out_.present(word), false);
  }
  for (Membership* member : joining_) {
    follower.audience.add(*member);
  }
  joining_.clear();
}

void UpdateGroup::start_refreshes() {
  std::erase_if(refreshing_, [](const Membership* member) { return !member->refresh_wanted; });
  Follower* follower = nullptr;
  for (Membership* member : std::exchange(refreshing_, {})) {
    if (member->audience != &stream_) {
      continue;  // merge() comes back to it
    }
    if (member->end_of_rib_owed) {
      refreshing_.push_back(member);
      continue;
    }
    if (follower == nullptr) {
      follower = &new_follower(position());
      for (std::uint32_t word = 0; word < words_of(out_); ++word) {
        follower->pending.add_word(word, out_.present(word), true);
      }
    }
    stream_.remove(*member);
    follower->audience.add(*member);
    member->times.leave(context_.loop.now(), StreamTimes::Lack::Everything);
    member->refresh_wanted = false;
    member->end_of_refresh_owed = std::exchange(member->demarcate, false);
    if (member->end_of_refresh_owed) {
      send_refresh(*member, key().family, bgp::RefreshSubtype::Begin);
    }
  }
}

Follower& UpdateGroup::follower_from(UpdateGroup& from, Audience* audience) {
  Follower* const old = from.follower_of(audience);
  Journal& journal = context_.routes.journal();
  const Sequence oldest =
      old != nullptr ? journal.position(old->pin) : std::min(from.position(), position());
  Follower& made = new_follower(std::min(oldest, position()));
  made.base = std::make_unique<AdjRibOut>(from.out_);
  made.base_exporter = from.exporter_;
  for (std::uint32_t word = 0; word < std::max(words_of(out_), words_of(from.out_)); ++word) {
    made.pending.add_word(word, out_.present(word) | from.out_.present(word), false);
  }
  if (old != nullptr) {
    for (std::uint32_t i = old->pending.next(0); i != PendingSet::kEnd;
         i = old->pending.next(i + 1)) {
      made.pending.add(i, false);
      const bool held = old->pending.held(i).any || (old->base && old->base->has(i));
      if (held) {
        made.pending.hold(i);
      }
      made.base->set(DestinationId{i}, {});
    }
    made.base->settle();
  }
  return made;
}

void UpdateGroup::take_over_incoming() {
  if (incoming_.empty() || !built_ || lag() != 0) {
    return;
  }

  struct Move {
    Audience* from;
    Follower* to;
  };

  std::vector<Move> moves;
  for (Membership* member : std::exchange(incoming_, {})) {
    UpdateGroup& from = *member->group;
    Audience* const audience = member->audience;
    const bool owed = member->end_of_rib_owed;
    member->next_group = nullptr;
    if (audience == nullptr) {  // has got nothing yet
      from.leave(*member);
      join(*member);
      continue;
    }
    auto move = std::ranges::find(moves, audience, &Move::from);
    if (move == moves.end()) {
      moves.push_back({audience, &follower_from(from, audience)});
      move = std::prev(moves.end());
    }
    Follower& follower = *move->to;
    from.leave(*member);
    member->group = this;
    member->times.leave(context_.loop.now(), StreamTimes::Lack::Difference);
    member->end_of_rib_owed = owed;
    ++members_;
    if (member->source >= has_member_.size()) {
      has_member_.resize(std::size_t{member->source} + 1, 0);
    }
    has_member_[member->source] = 1;
    follower.audience.add(*member);
  }
}

void UpdateGroup::advance_followers(net::SliceBudget& budget) {
  // One slice for each while time is left, in turns.
  std::size_t left = followers_.size();
  bool first = true;
  while (left-- > 0 && !followers_.empty() && (first || !budget.spent())) {
    next_follower_ = next_follower_ < followers_.size() ? next_follower_ : 0;
    Follower& follower = *followers_[next_follower_];
    if (follower.audience.congested()) {
      ++next_follower_;
      continue;
    }
    first = false;
    advance(follower, budget);
    if (follower.pending.empty()) {
      merge(follower);  // the next one takes its place
    } else {
      split_slow(follower, budget);
      ++next_follower_;
    }
  }
}

void UpdateGroup::advance(Follower& follower, net::SliceBudget& budget) {
  if (follower.pending.empty()) {
    return;
  }
  exporter_->begin_batch();
  compared_before_ = {};
  context_.packer.begin(follower.audience);
  std::uint32_t count = 0;
  bool lap_ended = false;
  while (count < context_.limits.batch) {
    const std::uint32_t next = follower.pending.next(follower.position);
    if (next == PendingSet::kEnd) {
      lap_ended = true;
      break;
    }
    follower.position = next + 1;
    tell(follower, next);
    ++count;
    if (budget.spent_after_step()) {
      break;
    }
  }
  context_.packer.finish(context_.routes, *exporter_, context_.scratch, refused_, encoded_);
  refuse(&follower);
  out_.settle();
  if (follower.base) {
    follower.base->settle();
  }
  if (lap_ended) {  // not before: what was packed keeps its id until it is encoded
    begin_lap(follower);
  }
}

/// What was pending when the lap before began has been told: its ids need not be kept any longer.
void UpdateGroup::begin_lap(Follower& follower) {
  Journal& journal = context_.routes.journal();
  if (follower.next_pin) {
    journal.remove_cursor(std::exchange(follower.pin, *follower.next_pin));
  }
  follower.next_pin = journal.add_cursor(position());
  follower.position = 0;
}

void UpdateGroup::tell(Follower& follower, std::uint32_t number) {
  const DestinationId destination{number};
  const StoredRoute route = out_.at(destination);
  Held held = follower.pending.held(number);
  follower.pending.remove(number);
  if (follower.base) {
    if (const StoredRoute was = follower.base->at(destination)) {
      held = {true, was.source != route.source, was.source};
      const bool same_members = was.source == route.source ||
                                (!concerns_members(was.source) && !concerns_members(route.source));
      const bool same =
          route && same_members &&
          same_outgoing({*follower.base_exporter, was}, {*exporter_, route}, context_.scratch);
      follower.base->set(destination, {});
      if (same) {
        return;
      }
    }
  }
  if (route) {
    context_.packer.announce(destination, route, held);
  } else {
    context_.packer.withdraw(destination, held);
  }
}

void UpdateGroup::merge(Follower& follower) {
  while (!follower.audience.empty()) {
    Membership& member = *follower.audience.members.back();
    follower.audience.remove(member);
    stream_.add(member);
    member.times.back = context_.loop.now();
    member.slow = false;
    if (member.end_of_refresh_owed) {
      send_refresh(member, key().family, bgp::RefreshSubtype::End);
      member.end_of_refresh_owed = false;
    }
    if (member.end_of_rib_owed) {
      if (built_) {
        send_end_of_rib(member);
      } else {
        ++end_of_rib_owed_;
      }
    }
    if (member.refresh_wanted) {
      refreshing_.push_back(&member);
      context_.loop.schedule(*this);
    }
  }
  remove_follower(follower);
}

}  // namespace pipit::rib
