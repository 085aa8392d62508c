<%inherit file="site.mako"/>\
<%namespace name="parts" file="trouble_parts.mako"/>\
<%def name="fetched(part, label, text)">\
<details class="rest" id="hf-${part}" hx-get="${show.links.trouble()}" hx-trigger="toggle once" hx-target="find .content" hx-select="#hf-${part}-list"><summary>${label}</summary>
<div class="content"><p class="more"><a href="${show.links.trouble()}">${text}</a></p></div></details>
</%def>\
<div class="overview">
<section class="headline" aria-labelledby="hf-headline">
<h1 id="hf-headline">${headline}</h1>
% if trouble or unreached:
<ul class="trouble">
% for view in trouble:
${parts.item(view, titles)}
% endfor
% if unreached:
<li class="noinfo many">${show.face("noinfo")}
<span class="target"><b>${count_of(unreached, "thing", "things")} could not be looked at</b></span>
<p>${moment.run.note}</p>
${fetched("unreached", "Which ones", "Show which ones")}</li>
% endif
</ul>
% if rest:
${fetched("rest", f"{rest} more", f"Show all {len(trouble) + rest}")}
% endif
% endif
</section>
% if categories:
<section class="day" aria-labelledby="hf-day">
<h2 id="hf-day">The last 24 hours</h2>
<div class="strips" data-begin="${strips.begin}" data-seconds="${strips.seconds}" data-zone="${show.clock.zone}">
${strips.hours}
<ul>
% for category in categories:
<li${Markup(' class="unrated"') if category.outline.type == "unrated" else ""}><a class="category" href="${show.links.category(category.outline.name)}">${show.face(category.face)} ${category.outline.title}</a> <span class="what">${category.sentence or words[category.face]}</span>${strips.of_category[category.outline.name]}\
% if show.links.plots:
<a class="plot" href="${show.links.plot_of_category(category.outline.name)}" aria-label="Plot of ${category.outline.title}"></a>\
% endif
</li>
% endfor
</ul>
<p class="strip-note" aria-hidden="true"></p>
</div>
</section>
% endif
</div>
