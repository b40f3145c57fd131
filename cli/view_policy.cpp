// `show policies` and `show sets`.
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

std::string lines_or(const std::vector<std::string>& lines, const char* otherwise) {
  return lines.empty() ? otherwise : joined(lines, "; ");
}

/// A heading for each policy, and its rules below.
class PoliciesView final : public View {
 public:
  void row(const json& row, Output& out) override {
    const Shown<kPolicy> policy(row);
    const std::string users = joined(policy, "used_by", ", ");
    out.write((first_ ? "" : "\n") +
              out.styled(Style::Strong, printable(text(policy, "name", ""))) +
              printable(users.empty() ? "  used by nobody" : "  used by " + users) + "\n");
    first_ = false;
    Table table({{"RULE", Align::Right},
                 {"HITS", Align::Right, 1},
                 {"MATCH", Align::Left, 0, 20},
                 {"SET", Align::Left, 2, 14},
                 {"THEN"},
                 {"AT", Align::Left, 3, 16, Side::Front}},
                2);
    for (const auto& rule : records<kRule>(policy, "rules")) {
      table.add({text(rule, "number"), text(rule, "hits"),
                 lines_or(texts(rule, "match"), "every route"), lines_or(texts(rule, "set"), "-"),
                 text(rule, "then"), text_or_dash(rule, "place")});
    }
    if (table.held() == 0) {
      out.write("  no rules: it rejects every route\n");
    }
    table.flush(out);
  }

  bool end(const json&, Output& out) override {
    if (first_) {
      out.write("no policies\n");
    }
    return true;
  }

 private:
  bool first_ = true;
};

class SetsView final : public View {
 public:
  void row(const json& row, Output&) override {
    const Shown<kSet> set(row);
    const std::string users = joined(set, "used_by", ", ");
    table_.add({text(set, "name"), text(set, "kind"), text(set, "entries"),
                text_or_dash(set, "file"), users.empty() ? "-" : users});
  }

  bool end(const json&, Output& out) override {
    if (table_.empty()) {
      out.write("no sets\n");
    }
    table_.flush(out);
    return true;
  }

 private:
  Table table_{{{"NAME", Align::Left, 0, 12},
                {"KIND", Align::Left, 2},
                {"ENTRIES", Align::Right, 1},
                {"FILE", Align::Left, 4, 12},
                {"USED BY", Align::Left, 3, 12}}};
};

}  // namespace

std::unique_ptr<View> make_policies_view() {
  return std::make_unique<PoliciesView>();
}

std::unique_ptr<View> make_sets_view() {
  return std::make_unique<SetsView>();
}

}  // namespace pipit::cli
