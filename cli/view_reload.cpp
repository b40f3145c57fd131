// Answers about configurations: reload, rollback, dry run, check, difference, history.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {

void write_diagnostics(const Shown<control::shown::kConfigCheck>& result, Output& out) {
  std::string diagnostics = printable(text(result, "diagnostics", ""), true);
  if (!diagnostics.empty() && !diagnostics.ends_with('\n')) {
    diagnostics += '\n';
  }
  out.write(diagnostics);
}

namespace {

using namespace control::shown;
using nlohmann::json;

/// "Neighbors added" and so on; false when there are none.
bool write_neighbors(const Shown<kReload>& result, Output& out) {
  bool any = false;
  for (const Key<kReload, fits::values> key :
       {Key<kReload, fits::values>("added"), Key<kReload, fits::values>("removed"),
        Key<kReload, fits::values>("reset"), Key<kReload, fits::values>("updated")}) {
    const std::string names = joined(result, key, " ");
    any = any || !names.empty();
    line(out, fmt::format("Neighbors {}", key.name()), names);
  }
  return any;
}

class ReloadView final : public View {
 public:
  explicit ReloadView(const char* done) : done_(done) {}

  bool end(const json& last, Output& out) override {
    const Shown<kReload> result(last);
    write_diagnostics(result, out);
    if (!flag(result, "ok")) {
      out.write(out.styled(Style::Bad, fmt::format("not {}: nothing has changed", done_)) + "\n");
      return false;
    }
    const bool changed = write_neighbors(result, out);
    out.write(fmt::format("{}, {}{}\n", done_, plural(number(result, "keys"), "change"),
                          changed ? "" : ", no neighbor changed"));
    if (has(result, "confirm_until")) {
      out.write(
          out.styled(Style::Notice, fmt::format("! it goes back at {} unless `pipit confirm` comes",
                                                text(result, "confirm_until"))) +
          "\n");
    }
    return true;
  }

 private:
  const char* done_;
};

class CheckView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    const Shown<kConfigCheck> result(last);
    write_diagnostics(result, out);
    const bool ok = flag(result, "ok");
    out.write(ok ? out.styled(Style::Good, "the configuration is fine") + "\n"
                 : out.styled(Style::Bad, "the configuration has errors") + "\n");
    return ok;
  }
};

/// "- path: before" and "+ path: after".
void write_change(const Shown<kConfigChange>& change, std::string_view margin, Output& out) {
  const std::string path = text(change, "path");
  for (const bool before : {true, false}) {
    const std::string value = before ? text(change, "before", "") : text(change, "after", "");
    if (!value.empty()) {
      out.write(fmt::format(
          "{}{}\n", margin,
          out.styled(before ? Style::Bad : Style::Good,
                     printable(fmt::format("{} {}: {}", before ? '-' : '+', path, value)))));
    }
  }
}

class ConfigDiffView final : public View {
 public:
  void row(const json& row, Output& out) override {
    const Shown<kConfigChange> change(row);
    write_change(change, "", out);
    const std::string effects = joined(change, "effects", ", ");
    if (!effects.empty()) {
      out.write(out.styled(Style::Dim, fmt::format("    a reload: {}", printable(effects))) + "\n");
    }
    ++rows_;
  }

  bool end(const json& /*last*/, Output& out) override {
    if (rows_ == 0) {
      out.write("nothing is different\n");
    }
    return true;
  }

 private:
  std::size_t rows_ = 0;
};

class HistoryView final : public View {
 public:
  void row(const json& object, Output& out) override {
    const Shown<kConfigHistory> row(object);
    const auto requester = record<kRequester>(row, "requester");
    std::string by = text(row, "by");
    if (requester) {
      const std::string user = text(requester, "user", "");
      by += fmt::format(" by {} (pid {})", user.empty() ? "uid " + text(requester, "uid") : user,
                        text(requester, "pid"));
    }
    const char* note = flag(row, "running") ? ", running" : flag(row, "kept") ? "" : ", not kept";
    out.write(out.styled(Style::Strong, printable(fmt::format("{}  {}  {}{}", text(row, "number"),
                                                              text(row, "applied_at"), by, note))) +
              "\n");
    const auto changes = records<kConfigChange>(row, "first_changes");
    for (const auto& change : changes) {
      write_change(change, "    ", out);
    }
    const std::uint64_t more =
        number(row, "changes") - std::min<std::uint64_t>(number(row, "changes"), changes.size());
    if (more > 0) {
      out.write(fmt::format("    and {}\n", plural(more, "more change")));
    }
    any_ = true;
  }

  bool end(const json& /*last*/, Output& out) override {
    if (!any_) {
      out.write("no configuration was applied\n");
    }
    return true;
  }

 private:
  bool any_ = false;
};

}  // namespace

std::unique_ptr<View> make_reload_view(const Invocation& invocation) {
  if (invocation.find("dry-run") != nullptr) {
    return make_dry_run_view();
  }
  return std::make_unique<ReloadView>(invocation.command->name == "reload" ? "reloaded"
                                                                           : "rolled back");
}

std::unique_ptr<View> make_check_view() {
  return std::make_unique<CheckView>();
}

std::unique_ptr<View> make_config_list_view(const Invocation& invocation) {
  if (invocation.find("history") != nullptr) {
    return std::make_unique<HistoryView>();
  }
  return std::make_unique<ConfigDiffView>();
}

}  // namespace pipit::cli
