"""Forms (填报表): a workbook with which an office keeps its lists, to be filled in and reported as it is."""
