"""What can be plotted of a site."""

from happyface.model.outline import InstanceOutline, Outline, status_of_category
from happyface.model.series import PlotInstance
from happyface.store.series.finding import PLOTTED


def plot_instances(outline: Outline) -> list[PlotInstance]:
    """The categories of an outline and their instances with the columns that are numbers over time, in its order."""
    found = []
    for category in outline.categories:
        found.append(PlotInstance(status_of_category(category.name), category.title, category.name))
        members = [outline.instance[name] for name in category.instances if name in outline.instance]
        found += [_plot_instance(outline, instance) for instance in members]
    return found


def _plot_instance(outline: Outline, instance: InstanceOutline) -> PlotInstance:
    module = outline.module.get(instance.module)
    declared = module.tables if module else {}
    plotted = {name: [column for column in table.columns if column.kind in PLOTTED] for name, table in declared.items()}
    return PlotInstance(
        instance.name,
        instance.title,
        instance.category,
        {name: columns for name, columns in plotted.items() if columns},
        {name: [column.name for column in table.columns] for name, table in declared.items() if name},
    )
