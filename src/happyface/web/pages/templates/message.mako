<%inherit file="base.mako"/>\
<div class="message">
${show.face("noinfo", "")}
<h1>${headline}</h1>
% for text in texts:
<p>${text}</p>
% endfor
<p><a href="${show.links.at(None).overview()}">To the overview</a></p>
</div>
