"""Arrays → pictures: Plotly figures and PIL images. Nothing here knows a model or torch."""
