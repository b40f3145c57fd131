#include "rib/out/update_groups.hpp"

#include <algorithm>
#include <utility>

namespace pipit::rib {
namespace {

constexpr std::size_t kReapPerSlice = 8192;  // each may be the last to use its attributes

std::size_t index_of(MemberId id) {
  return static_cast<std::size_t>(id);
}

}  // namespace

UpdateGroups::UpdateGroups(net::Loop& loop,
                           AttributeStore& store,
                           const Sources& sources,
                           const std::array<LocRib*, net::kFamilyCount>& tables,
                           const ExportLimits& limits,
                           const policy::NextHopResolver* next_hops)
    : loop_(loop),
      store_(store),
      sources_(sources),
      tables_(tables),
      limits_(limits),
      next_hops_(next_hops) {
  for (LocRib* table : tables_) {
    const net::Family family = table->family();
    table->journal().on_change([this, family, table] {
      if (table->kept_rows() > limits_.kept_rows) {
        loop_.schedule(ender_);
      }
      for (const auto& group : groups_) {
        if (group->key().family == family) {
          loop_.schedule(*group);
        }
      }
    });
  }
}

UpdateGroups::~UpdateGroups() {
  loop_.cancel(reaper_);
  loop_.cancel(ender_);
}

void UpdateGroups::end_hindering() {
  std::vector<MemberOutput*> ended;
  for (LocRib* const table : tables_) {
    if (table->kept_rows() <= limits_.kept_rows) {
      continue;
    }
    Sequence oldest = table->journal().end();
    std::vector<MemberOutput*> who;
    for (const auto& group : groups_) {
      if (group->key().family == table->family()) {
        group->find_hindering(oldest, who);
      }
    }
    ended.insert(ended.end(), who.begin(), who.end());
  }
  for (MemberOutput* const output : ended) {
    output->overrun();  // may remove the member
  }
}

UpdateGroup& UpdateGroups::group(const GroupKey& key) {
  UpdateGroup*& known = by_key_[key];
  if (known == nullptr) {
    LocRib& routes = *tables_[*net::family_index(key.family)];
    known = groups_
                .emplace_back(std::make_unique<UpdateGroup>(
                    key, ExportContext{loop_, store_, sources_, routes, packer_, scratch_, limits_,
                                       reaper_, next_hops_}))
                .get();
    numbers_[known] = ++last_number_;
  }
  return *known;
}

MemberId UpdateGroups::add_member(const MemberInfo& info, MemberOutput& output) {
  std::size_t number = members_.size();
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
  } else {
    members_.emplace_back();
  }
  const auto id = static_cast<MemberId>(number);
  auto member = std::make_unique<Member>();
  member->info = info;
  member->output = &output;
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    if (!info.families[i]) {
      continue;
    }
    auto& membership = member->families[i] = std::make_unique<Membership>();
    membership->id = id;
    membership->source = info.source;
    membership->output = &output;
    group(group_key(info, net::kFamilies[i])).join(*membership);
  }
  members_[number] = std::move(member);
  return id;
}

void UpdateGroups::remove_member(MemberId id) {
  recall_.forget(id);
  const auto member = std::move(members_[index_of(id)]);
  free_.push_back(static_cast<std::uint32_t>(id));
  for (const auto& membership : member->families) {
    if (!membership) {
      continue;
    }
    if (membership->next_group != nullptr) {
      membership->next_group->forget(*membership);
    }
    membership->group->leave(*membership);
  }
}

void UpdateGroups::resume(MemberId id) {
  for (const auto& membership : members_[index_of(id)]->families) {
    if (membership) {
      loop_.schedule(*membership->group);
    }
  }
}

void UpdateGroups::recall(MemberId id) {
  const Member& member = *members_[index_of(id)];
  recall_.add(id, *member.output, member.families);
}

void UpdateGroups::refresh(MemberId id, net::Family family, bool demarcate) {
  const auto i = net::family_index(family);
  const Member& member = *members_[index_of(id)];
  if (i && member.families[*i]) {
    member.families[*i]->group->refresh(*member.families[*i], demarcate);
  }
}

void UpdateGroups::update_member(MemberId id, const MemberInfo& info) {
  Member& member = *members_[index_of(id)];
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    Membership* const membership = member.families[i].get();
    if (membership == nullptr) {
      continue;
    }
    const GroupKey key = group_key(info, net::kFamilies[i]);
    const UpdateGroup* const target =
        membership->next_group != nullptr ? membership->next_group : membership->group;
    if (target->key() == key) {
      continue;
    }
    if (membership->next_group != nullptr) {
      membership->next_group->forget(*membership);
    }
    if (!(membership->group->key() == key)) {
      group(key).expect(*membership);
    }
  }
  member.info = info;
}

bool UpdateGroups::reap() {
  std::erase_if(groups_, [this](std::unique_ptr<UpdateGroup>& group) {
    if (!group->unused()) {
      return false;
    }
    loop_.cancel(*group);
    by_key_.erase(group->key());
    numbers_.erase(group.get());
    unused_.push_back(std::move(group));
    return true;
  });
  if (!unused_.empty() && !unused_.back()->dismantle(kReapPerSlice)) {
    unused_.pop_back();
  }
  return !unused_.empty();
}

const Membership* UpdateGroups::membership(MemberId id, net::Family family) const {
  const auto i = net::family_index(family);
  if (!i || index_of(id) >= members_.size() || !members_[index_of(id)]) {
    return nullptr;
  }
  return members_[index_of(id)]->families[*i].get();
}

std::uint32_t UpdateGroups::advertised_count(MemberId id, net::Family family) const {
  const Membership* const member = membership(id, family);
  if (member == nullptr) {
    return 0;
  }
  const AdjRibOut& routes = member->group->routes();
  return routes.count() - routes.count_from(member->source);
}

bool UpdateGroups::end_of_rib_sent(MemberId id, net::Family family) const {
  const Membership* const member = membership(id, family);
  return member != nullptr && !member->end_of_rib_owed;
}

std::optional<std::uint32_t> UpdateGroups::group_number(MemberId id, net::Family family) const {
  const Membership* const member = membership(id, family);
  return member == nullptr ? std::nullopt : std::optional(numbers_.at(member->group));
}

std::vector<GroupView> UpdateGroups::groups() const {
  std::vector<GroupView> views;
  boost::unordered_flat_map<const UpdateGroup*, std::size_t> places;
  for (const auto& group : groups_) {
    const GroupKey& key = group->key();
    places[group.get()] = views.size();
    views.push_back({.number = numbers_.at(group.get()),
                     .family = key.family,
                     .key = describe(key),
                     .policy = key.export_policy ? key.export_policy->name() : std::string(),
                     .routes = group->routes().count(),
                     .slow_events = group->slow_events(),
                     .lag = group->lag(),
                     .built = group->built(),
                     .too_large = group->too_large(),
                     .messages = group->encoded().messages,
                     .octets = group->encoded().octets,
                     .memory = group->memory()});
  }
  for (const auto& member : members_) {
    for (std::size_t i = 0; member && i < net::kFamilyCount; ++i) {
      if (const Membership* const one = member->families[i].get()) {
        GroupView& view = views[places[one->group]];
        view.members.push_back(one->id);
        if (one->slow || one->group->stalled()) {
          view.slow_members.push_back(one->id);
        }
      }
    }
  }
  std::ranges::stable_sort(views, {},
                           [](const GroupView& view) { return std::pair(view.family, view.key); });
  return views;
}

AdvertisedRoute UpdateGroups::route(const Membership& member, DestinationId destination) const {
  const UpdateGroup& group = *member.group;
  const StoredRoute stored = group.routes().at(destination);
  if (!stored || stored.source == member.source || !group.told(member, destination)) {
    return {};
  }
  const auto attributes = group.exporter().outgoing(stored, scratch_);
  if (!attributes) {
    return {};
  }
  const LocRib& routes = *tables_[*net::family_index(group.key().family)];
  return {destination, routes.key(destination), stored.source, *attributes};
}

std::optional<std::uint32_t> UpdateGroups::for_each_advertised(MemberId id,
                                                               net::Family family,
                                                               std::uint32_t from,
                                                               std::uint32_t budget,
                                                               const Visit& visit) const {
  const Membership* const member = membership(id, family);
  if (member == nullptr) {
    return std::nullopt;
  }
  const std::uint32_t size = member->group->routes().size();
  const std::uint32_t end = from + std::min(budget, size - std::min(from, size));
  for (std::uint32_t i = from; i < end; ++i) {
    const AdvertisedRoute one = route(*member, DestinationId{i});
    if (one.source != kNoSource) {
      visit(one);
    }
  }
  return end < size ? std::optional(end) : std::nullopt;
}

std::optional<bgp::PathAttributes> UpdateGroups::advertised(MemberId id,
                                                            net::Family family,
                                                            DestinationId destination) const {
  const Membership* const member = membership(id, family);
  if (member == nullptr) {
    return std::nullopt;
  }
  const AdvertisedRoute one = route(*member, destination);
  if (one.source == kNoSource) {
    return std::nullopt;
  }
  bgp::PathAttributes attributes;
  attributes.assign(one.attributes);
  return attributes;
}

std::optional<SentBetween> UpdateGroups::sent(MemberId id,
                                              net::Family family,
                                              DestinationId destination) const {
  const Membership* const member = membership(id, family);
  if (member == nullptr || route(*member, destination).source == kNoSource) {
    return std::nullopt;
  }
  return member->group->sent(*member, destination);
}

ExportExplanation UpdateGroups::explain_export(MemberId id,
                                               net::Family family,
                                               DestinationId destination,
                                               Trace* trace) const {
  ExportExplanation why;
  const Membership* const member = membership(id, family);
  const LocRib& routes = *tables_[*net::family_index(family)];
  if (member == nullptr) {
    why.verdict = ExportVerdict::NotNegotiated;
  } else if (const auto best = routes.best(destination)) {
    explain_best(*member, destination, *best, trace, why);
  }
  if (member != nullptr) {
    const UpdateGroup& group = *member->group;
    why.group = describe(group.key());
    why.lag = group.lag();
    why.built = group.built();
    why.told = group.told(*member, destination);
    why.slow = member->slow;
    if (group.key().export_policy) {
      why.policy_name = group.key().export_policy->name();
    }
  }
  why.text = describe(why.verdict);
  return why;
}

void UpdateGroups::explain_best(const Membership& member,
                                DestinationId destination,
                                const BestPath& best,
                                Trace* trace,
                                ExportExplanation& why) const {
  const UpdateGroup& group = *member.group;
  const LocRib& routes = *tables_[*net::family_index(group.key().family)];
  const bool own = best.source == member.source;
  note(trace, Stage::SplitHorizon, !own, [&] {
    return std::string(own ? "the best path comes from this neighbor"
                           : "the best path comes from somebody else");
  });
  // What comes after split horizon is worked out for the group, but says nothing of this member.
  const Exporter::Result result =
      group.exporter().run(routes.key(destination), best, scratch_, own ? nullptr : trace);
  why.source = best.source;
  why.policy = result.policy;
  why.verdict = own ? ExportVerdict::OwnRoute : result.verdict;
  if (why.verdict != ExportVerdict::Advertised) {
    return;
  }
  why.attributes.emplace().assign(result.attributes);
  if (!group.told(member, destination)) {
    why.verdict = ExportVerdict::Pending;
  } else if (!group.routes().at(destination)) {
    why.verdict =
        group.built() && group.lag() == 0 ? ExportVerdict::TooLarge : ExportVerdict::Pending;
  }
}

std::size_t UpdateGroups::memory() const {
  std::size_t octets = 0;
  for (const auto& group : groups_) {
    octets += group->memory();
  }
  for (const auto& group : unused_) {
    octets += group->memory();
  }
  return octets;
}

bool UpdateGroups::settled() const {
  return std::ranges::all_of(groups_, [](const auto& group) {
    return group->built() && group->lag() == 0 && group->streaming() == group->members();
  });
}

}  // namespace pipit::rib
