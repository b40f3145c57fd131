#include "policy/actions.hpp"

#include <fmt/format.h>

#include "policy/community_set.hpp"
#include "policy/text.hpp"

namespace pipit::policy {
namespace {

class SetLocalPreference final : public Action {
 public:
  explicit SetLocalPreference(std::uint32_t value) : value_(value) {}

  std::string_view name() const override { return "local-preference"; }

  std::string change() const override { return std::to_string(value_); }

  std::string value(const Working& working) const override {
    return number_text(working.attributes.local_preference);
  }

  void apply(Working& working) const override { working.attributes.local_preference = value_; }

 private:
  std::uint32_t value_;
};

class SetMed final : public Action {
 public:
  explicit SetMed(std::uint32_t value) : value_(value) {}

  std::string_view name() const override { return "med"; }

  std::string change() const override { return std::to_string(value_); }

  std::string value(const Working& working) const override {
    return number_text(working.attributes.med);
  }

  void apply(Working& working) const override {
    working.attributes.med = value_;
    working.outcome.med_set = true;
  }

 private:
  std::uint32_t value_;
};

class ChangeCommunities final : public Action {
 public:
  ChangeCommunities(CommunitySet remove, CommunitySet add, std::string text)
      : remove_(std::move(remove)), add_(std::move(add)), text_(std::move(text)) {}

  std::string_view name() const override { return "communities"; }

  std::string change() const override { return text_; }

  std::string value(const Working& working) const override {
    return communities_text(working.attributes);
  }

  void apply(Working& working) const override {
    remove_.remove_from(working.attributes);
    add_.add_to(working.attributes);
  }

 private:
  CommunitySet remove_;
  CommunitySet add_;
  std::string text_;
};

class SetNextHop final : public Action {
 public:
  std::string_view name() const override { return "next-hop"; }

  std::string change() const override { return "self"; }

  std::string value(const Working& working) const override {
    return working.outcome.next_hop == NextHopChoice::Self
               ? "self"
               : working.attributes.next_hop.to_string();
  }

  void apply(Working& working) const override { working.outcome.next_hop = NextHopChoice::Self; }
};

void compile_communities(const ActionOptions& set,
                         const CompiledSets& sets,
                         std::vector<ActionPtr>& actions) {
  CommunitySet remove;
  remove.add(set.remove);
  remove.add_named(set.remove_sets, sets.options.communities);
  CommunitySet add;
  add.add(set.add);
  if (remove.empty() && add.empty()) {
    return;
  }
  std::vector<std::string> gone = set.remove_sets;
  const std::vector<std::string> values = texts_of(set.remove);
  gone.insert(gone.end(), values.begin(), values.end());
  std::string text = gone.empty() ? "" : "remove " + joined(gone);
  if (!set.add.empty()) {
    text += (text.empty() ? "add " : ", add ") + joined(texts_of(set.add));
  }
  actions.push_back(
      std::make_unique<ChangeCommunities>(std::move(remove), std::move(add), std::move(text)));
}

}  // namespace

std::vector<ActionPtr> compile_actions(const ActionOptions& set, const CompiledSets& sets) {
  std::vector<ActionPtr> actions;
  if (set.local_preference) {
    actions.push_back(std::make_unique<SetLocalPreference>(*set.local_preference));
  }
  if (set.med) {
    actions.push_back(std::make_unique<SetMed>(*set.med));
  }
  compile_communities(set, sets, actions);
  if (set.next_hop_self) {
    actions.push_back(std::make_unique<SetNextHop>());
  }
  return actions;
}

}  // namespace pipit::policy
