-- Sixty videos: each subject has one creator, who made one video from each angle.

insert into video (id, title, creator, subject)
select
    'video-' || lpad(((subject.number - 1) * 6 + angle.number)::text, 3, '0'),
    subject.name || ' ' || angle.name,
    'creator-' || lpad(subject.number::text, 3, '0'),
    subject.name
from unnest(array[
    'Sourdough', 'Bicycle repair', 'Chess openings', 'Watercolour', 'Street photography',
    'Home networks', 'Tomatoes', 'Guitar', 'Origami', 'Coffee'
]) with ordinality as subject (name, number)
cross join unnest(array[
    'for beginners', 'in ten minutes', 'on a budget', 'step by step', 'mistakes to avoid', 'with friends'
]) with ordinality as angle (name, number);
