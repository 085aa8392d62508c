<%inherit file="site.mako"/>\
<%namespace name="cards" file="card.mako"/>\
<%def name="chips(views)">\
<ul class="chips">
% for view in views:
<li><a href="#${quote(view.outline.name)}">${show.face(view.face)}<span>${view.outline.short_title or view.outline.title}</span></a></li>
% endfor
</ul>
</%def>\
<div class="category-page">
<header class="heading">
<h1>${category.outline.title}</h1>
<p class="state">${state}</p>
% if trouble:
<nav aria-label="Modules in trouble">${chips(trouble)}</nav>
% endif
% if len(instances) > 1:
<details class="all" id="hf-all"><summary>all ${len(instances)}</summary><nav aria-label="All modules">${chips(instances)}</nav></details>
% endif
% if category.outline.description:
<p class="description">${show.prose(category.outline.description)}</p>
% endif
</header>
% for view in instances:
${cards.card(view, contents.get(view.outline.name, ""), not view.in_trouble)}
% endfor
% if not instances:
<p>There is nothing in this category that you may see.</p>
% endif
</div>
